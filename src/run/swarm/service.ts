import { isStatus } from '../../engine/error.ts'
import { unlessAborted } from '../../engine/http/signals.ts'
import type { Execution, ExecutionState, LogQuery, OutputSource, Usage } from '../execution.ts'
import { HoldfastError } from '../failure.ts'
import { pauseFor, within } from '../retry.ts'
import { removeService, retireService } from './remove.ts'
import { isSwarmAway } from './swarm-view.ts'
import { TaskLog } from './task-log.ts'
import { TaskWatch, type WatchContext, type WatchedService } from './task-watch.ts'

/** Milliseconds beyond its grace that a stop may take. */
const stopPatience = 10_000
/** Milliseconds that a removal may hold a run's result, a manager that restarts included. */
const removeLimit = 10_000
/** Milliseconds between two attempts while the manager is away. */
const retryPause = 250

/** A service of mode replicated-job: it starts when it is created, and has ended when its tasks have. */
export class ServiceExecution implements Execution {
  readonly id: string
  readonly #context: WatchContext
  readonly #service: WatchedService
  readonly #watch: TaskWatch
  readonly #closing = new AbortController()
  #end: Promise<number> | undefined
  #output: TaskLog | undefined

  constructor(context: WatchContext, service: WatchedService) {
    this.#context = context
    this.#service = service
    this.id = service.id
    this.#watch = new TaskWatch(context, service)
  }

  get about(): Execution['about'] {
    return { noun: 'service', inspectCommand: `docker service ps ${this.id.slice(0, 12)}` }
  }

  get streams(): undefined {
    return undefined
  }

  async open(): ReturnType<Execution['open']> {
    this.#end = this.#watch.follow(this.#closing.signal)
    // Prevents an unhandled rejection when the run ends before it waits.
    this.#end.catch(() => undefined)
    this.#output = this.#taskLog(this.#watch.begun, this.#watch.ended)
    return { output: this.#output, input: { write: refuse, end() {} } }
  }

  /** What its tasks have printed by now. */
  printed(): OutputSource {
    this.#output = this.#taskLog(Promise.resolve(), AbortSignal.abort())
    return this.#output
  }

  #taskLog(begun: Promise<void>, ended: AbortSignal): TaskLog {
    const { emit } = this.#context
    return new TaskLog({
      open: query => this.#log(query),
      isOther: task => this.#watch.isOther(task),
      begun,
      ended,
      numberOf: this.#service.wanted.replicas > 1 ? task => this.#numberOf(task) : undefined,
      onGap: reason => emit({ type: 'gap', reason }),
    })
  }

  /** Its creation has started it. Where it is not followed, this waits until its tasks have nodes. */
  async start(): Promise<void> {
    if (this.#end === undefined) await this.#watch.untilPlaced()
  }

  /** Whether its tasks have ended; undefined where the service is gone. */
  look(signal: AbortSignal): Promise<'running' | 'ended' | undefined> {
    return this.#watch.look(signal)
  }

  async wait(): Promise<number> {
    if (this.#end === undefined) throw new Error('the service is not followed yet')
    return this.#end
  }

  /** Swarm reports neither when a task's container started and ended, nor whether it was out of memory. */
  async state(): Promise<ExecutionState> {
    const phase = this.#watch.ended.aborted ? 'ended' : 'running'
    const unknown = { startedAt: undefined, finishedAt: undefined }
    return { phase, oomKilled: false, ...unknown, logRotates: true }
  }

  /** The log is read when the tasks have ended, so that it holds all that they printed. */
  async endSeen(): Promise<boolean> {
    return true
  }

  /** The Engines of the tasks' nodes read their output, not the manager's. */
  async startRemembered(): Promise<boolean> {
    return true
  }

  async usage(): Promise<AsyncIterable<Usage>> {
    throw new HoldfastError('usage', 'what a task uses is known on its node only')
  }

  async signal(): Promise<void> {
    throw new HoldfastError('usage', 'Swarm sends no signal to a task', {
      hint: "Abort the run: that removes the service, and its tasks get their stop signal. Or use docker kill on the task's node.",
    })
  }

  async resize(): Promise<void> {}

  /**
   * Stops the tasks, which get the stop signal and after their own grace the kill, and removes the service: their nodes remove
   * what they leave, and with it the log.
   */
  async stop(grace: number): Promise<void> {
    const { emit, engine } = this.#context
    await this.#untilReached(signal => retireService(engine, this.id, signal))
    emit({ type: 'gap', reason: 'the tasks were stopped: what they print while they end may be lost' })
    this.#watch.noteStopping()
    // However they end, and also where they do not end in time.
    await within(grace + stopPatience, signal => unlessAborted(this.wait(), signal)).catch(() => undefined)
    await this.remove()
  }

  remove(): Promise<void> {
    return this.#untilReached(signal => removeService(this.#context.engine, this.id, signal))
  }

  /** Asks again while the manager is away, within a limit. A service that is gone is a success. */
  async #untilReached(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await within(removeLimit, async signal => {
      for (;;) {
        try {
          return await work(signal)
        } catch (error) {
          if (isStatus(error, 404)) return
          if (!isSwarmAway(error)) throw error
          await pauseFor(retryPause, signal).catch(() => {
            throw error
          })
        }
      }
    })
  }

  close(): void {
    this.#closing.abort(closed)
    this.#output?.close()
  }

  async #log({ follow, tail, signal }: LogQuery): Promise<AsyncIterable<Uint8Array>> {
    const { engine, grace } = this.#context
    const query = { stdout: true, stderr: true, timestamps: true, details: true, follow, tail }
    const path = `/services/${encodeURIComponent(this.id)}/logs`
    const request = { method: 'GET', path, query, signal } as const
    const options = { signal, unanswered: isSwarmAway }
    return (await grace.untilAnswered(() => engine.request(request), options)).body
  }

  async #numberOf(task: string): Promise<number> {
    const known = this.#watch.numberOf(task)
    if (known !== undefined) return known
    const { engine, grace } = this.#context
    const { signal } = this.#closing
    const inspect = () => engine.tasks.inspect(task, { signal })
    const { Slot = 0 } = await grace.untilAnswered(inspect, { signal, unanswered: isSwarmAway })
    return Slot
  }
}

async function refuse(): Promise<void> {
  throw new Error('a task has no stdin that could be attached to')
}

/** Shared, because creating an Error captures a stack. */
const closed = new Error('the run is over')
