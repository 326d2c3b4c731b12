import { isStatus } from '../../engine/error.ts'
import type { Task } from '../../engine/swarm-wire.ts'
import { durationText } from '../duration.ts'
import type { TaskFacts } from '../events.ts'
import { ExecutionFailed } from '../execution.ts'
import { HoldfastError } from '../failure.ts'
import type { RunOptions } from '../options.ts'
import { defaultEngineGrace } from '../retry.ts'
import type { RunContext } from '../run-context.ts'
import { firstOfEachSlot, startedAgain } from './first-tasks.ts'
import { NodeWatch } from './node-watch.ts'
import { retireService } from './remove.ts'
import { isSwarmAway, type SwarmView, swarmView } from './swarm-view.ts'
import { isPending, type TasksSeen, taskFacts, verdictOf, type Wanted, wantedOf } from './verdict.ts'

/** Milliseconds between two looks at a job's tasks: short at first and at its end. */
const shortInterval = 200
const pollInterval = 1_000
/** Milliseconds for which a job is young. */
const youngAge = 10_000
/** Milliseconds that a detached run waits for its tasks to get nodes. */
const placeLimit = 2_000
/** Milliseconds that it has to stop them. */
const retireLimit = 10_000

/** The service whose tasks are followed. */
export interface WatchedService {
  id: string
  /** Which tasks are listed to see its own. */
  filters: Readonly<Record<string, readonly string[]>>
  wanted: Wanted
}

/** The parts of a run that following its tasks needs. */
export interface WatchContext extends Pick<RunContext, 'engine' | 'grace' | 'emit'> {
  options: Pick<RunOptions, 'engineGrace' | 'swarm'>
  onTasks?: (tasks: TaskFacts[]) => void
}

/** Follows the tasks of one service to the job's end. */
export class TaskWatch {
  readonly #context: WatchContext
  readonly #service: WatchedService
  readonly #view: SwarmView
  readonly #nodes: NodeWatch
  readonly #ended = new AbortController()
  readonly #begun = Promise.withResolvers<void>()
  readonly #states = new Map<string, string>()
  readonly #reasons = new Set<string>()
  /** Tasks that Swarm made in the place of others, or for another execution. */
  readonly #others = new Set<string>()
  /** Those of them that Swarm started, and that were reported. */
  readonly #reportedAgain = new Set<string>()
  #tasks: readonly Task[] = []
  #pendingSince: number | undefined
  #stopping = false
  #wake: (() => void) | undefined

  constructor(context: WatchContext, service: WatchedService) {
    const { engineGrace = defaultEngineGrace } = context.options
    this.#context = context
    this.#service = service
    this.#view = swarmView(context.engine)
    this.#nodes = new NodeWatch(this.#view, engineGrace, message =>
      context.emit({ type: 'warning', message }),
    )
  }

  /** Aborted once all tasks have ended. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** Resolves when a task runs, or has ended. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }

  /** Notes that the tasks are being stopped: their end is all that is left to see. */
  noteStopping(): void {
    this.#stopping = true
    this.#wake?.()
  }

  /** Whether the task does not belong to the job, so that its output is not the job's. */
  isOther(task: string): boolean {
    return this.#others.has(task)
  }

  /** A task's number; undefined for one that was not seen yet. */
  numberOf(task: string): number | undefined {
    const found = this.#tasks.find(({ ID }) => ID === task)
    return found && (found.Slot ?? 0)
  }

  /** The exit status of the job. Rejects with an ExecutionFailed where the job ended in another way. */
  async follow(signal: AbortSignal): Promise<number> {
    const { events } = this.#view
    const since = performance.now()
    const leave = events.listen(this.#service.id, () => this.#wake?.())
    try {
      for (;;) {
        const exitCode = await this.#look(signal)
        if (exitCode !== undefined) return exitCode
        await this.#pause(this.#intervalFor(since), signal)
      }
    } catch (error) {
      if (error instanceof StartedTwice) await this.#retire(signal)
      throw error
    } finally {
      leave()
      this.#ended.abort(over)
      this.#begun.resolve()
    }
  }

  /** Short for a job that is young or being stopped: Swarm lists a stopped task, with its exit status, for a moment only. */
  #intervalFor(since: number): number {
    return this.#stopping || performance.now() - since < youngAge ? shortInterval : pollInterval
  }

  /** Waits until the tasks have nodes, but no longer than `placeLimit`. Rejects where Swarm starts them twice. */
  async untilPlaced(): Promise<void> {
    const signal = AbortSignal.timeout(placeLimit)
    try {
      for (;;) {
        await this.#look(signal)
        if (this.#tasks.length > 0 && !this.#tasks.some(isPending)) return
        await this.#pause(shortInterval, signal)
      }
    } catch (error) {
      if (!(error instanceof StartedTwice)) return
      await this.#retire(AbortSignal.timeout(retireLimit))
      throw error
    }
  }

  /** Whether the tasks have ended; undefined where the service is gone. */
  async look(signal: AbortSignal): Promise<'running' | 'ended' | undefined> {
    try {
      return (await this.#look(signal)) === undefined ? 'running' : 'ended'
    } catch (error) {
      if (!(error instanceof ExecutionFailed)) throw error
      return error.kind === 'lost' && this.#tasks.length === 0 ? undefined : 'ended'
    }
  }

  /** The exit status, once there is one. */
  async #look(signal: AbortSignal): Promise<number | undefined> {
    const own = await this.#list(signal)
    const tasks = firstOfEachSlot(own)
    for (const { ID } of own) if (!tasks.some(task => task.ID === ID)) this.#others.add(ID)
    if (tasks.length === 0) return this.#checkService(signal)
    this.#tasks = tasks
    await this.#nodes.look(tasks, signal)
    const seen: TasksSeen = { tasks, nodeNames: this.#nodes.names, lostNodes: this.#nodes.lost }
    this.#note(seen)
    for (const task of startedAgain(own)) this.#checkAgain(task)
    const verdict = verdictOf(seen, this.#service.wanted)
    if (verdict.state === 'ended') return verdict.exitCode
    if (verdict.state === 'failed') throw verdict.failure
    this.#checkPending(tasks)
    return undefined
  }

  async #list(signal: AbortSignal): Promise<Task[]> {
    const { grace } = this.#context
    const filters = JSON.stringify(this.#service.filters)
    const tasks = await grace
      .untilAnswered(() => this.#view.tasks.get(filters, signal), { signal, unanswered: isSwarmAway })
      .catch(error => {
        if (isStatus(error, 404)) return []
        throw isSwarmAway(error) ? lost('its manager stayed away', error) : error
      })
    return tasks.filter(({ ServiceID }) => ServiceID === this.#service.id)
  }

  #checkAgain(again: Task): void {
    const first = this.#tasks.find(({ Slot }) => Slot === again.Slot)
    if (first === undefined || this.#stopping) return
    const { names } = this.#nodes
    const number = again.Slot ?? 0
    if (first.DesiredState === 'complete')
      throw new StartedTwice(`task ${number} twice: ${placeOf(first, names)} and ${placeOf(again, names)}`)
    if (this.#reportedAgain.has(again.ID)) return
    this.#reportedAgain.add(again.ID)
    const message = `task ${number} has failed, and Swarm has started it once more (${placeOf(again, names)}), as it does when the node was drained meanwhile`
    this.#context.emit({ type: 'warning', message })
  }

  async #retire(signal: AbortSignal): Promise<void> {
    const { engine, grace, emit } = this.#context
    const retire = () => retireService(engine, this.#service.id, signal)
    await grace.untilAnswered(retire, { signal, unanswered: isSwarmAway }).catch(error => {
      emit({ type: 'warning', message: `the tasks could not be stopped: ${error.message}` })
    })
  }

  /** Throws where the service has no tasks because it ended; returns where it has none yet. */
  async #checkService(signal: AbortSignal): Promise<undefined> {
    if (this.#stopping) throw ended('cancelled', 'the tasks were stopped')
    const { engine, grace } = this.#context
    const inspect = () => engine.services.inspect(this.#service.id, { signal })
    const found = await grace.untilAnswered(inspect, { signal, unanswered: isSwarmAway }).catch(error => {
      if (isStatus(error, 404)) throw ended('lost', 'the service was lost: it is no longer in the Swarm')
      throw isSwarmAway(error) ? lost('its manager stayed away', error) : error
    })
    if (wantedOf(found.Spec).replicas === 0) throw ended('lost', 'the tasks of the service were stopped')
  }

  #note(seen: TasksSeen): void {
    const { emit, onTasks } = this.#context
    const facts = seen.tasks.map(task => taskFacts(task, seen))
    onTasks?.(facts)
    for (const task of facts) {
      if (this.#states.get(task.id) === task.state) continue
      this.#states.set(task.id, task.state)
      emit({ type: 'task', ...task })
    }
    if (seen.tasks.some(({ Status }) => Status.State === 'running')) this.#begun.resolve()
  }

  #checkPending(tasks: readonly Task[]): void {
    const { emit, options } = this.#context
    const { pendingTimeout: limit = 0 } = options.swarm ?? {}
    const pending = tasks.filter(isPending)
    if (pending.length === 0) {
      this.#pendingSince = undefined
      return
    }
    this.#pendingSince ??= performance.now()
    for (const { Slot: number = 0, Status } of pending) {
      const { Err: reason = '' } = Status
      if (reason === '' || this.#reasons.has(reason)) continue
      this.#reasons.add(reason)
      emit({ type: 'warning', message: `task ${number} waits for a node: ${reason}` })
    }
    if (limit === 0 || performance.now() - this.#pendingSince < limit) return
    const reason = pending.map(({ Status }) => Status.Err ?? '').find(text => text !== '')
    const hint =
      'See the nodes: `docker node ls`. Lower what the job reserves, change its constraints, or wait longer.'
    const why = reason === undefined ? '' : `: ${reason}`
    throw ended('timeout', `no node took the job within ${durationText(limit)}${why}`, reason, hint)
  }

  /** Waits until the next look, or an event. All jobs look at multiples of the period, so that their requests coalesce. */
  async #pause(period: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, period - (performance.now() % period))
    this.#wake = resolve
    signal.addEventListener('abort', this.#wake, { once: true })
    if (signal.aborted) resolve()
    await promise
    clearTimeout(timer)
    signal.removeEventListener('abort', this.#wake)
    this.#wake = undefined
    signal.throwIfAborted()
  }
}

/** Swarm runs a task of the job a second time beside the first, and would do so again and again. */
class StartedTwice extends ExecutionFailed {
  constructor(which: string) {
    const hint =
      "The leader of the Swarm's managers has lost its leadership and got it back, and since then starts each job twice, until it is demoted and promoted again (`docker node ls` shows the Leader) or its dockerd is restarted. See what the tasks have done before you run the job again."
    const message = `Swarm has started ${which}; the job was stopped`
    super(null, new HoldfastError('lost', message, { hint }))
  }
}

/** Where a task is, for messages. */
function placeOf({ ID, NodeID = '' }: Task, nodeNames: ReadonlyMap<string, string>): string {
  const id = ID.slice(0, 12)
  return NodeID === '' ? id : `${id} on ${nodeNames.get(NodeID) ?? NodeID}`
}

/** The job is over, whatever becomes of its tasks. */
function ended(
  kind: 'lost' | 'timeout' | 'cancelled',
  message: string,
  engineMessage?: string,
  hint?: string,
) {
  return new ExecutionFailed(null, new HoldfastError(kind, message, { engineMessage, hint }))
}

/** Its tasks may go on. */
function lost(why: string, cause: unknown): HoldfastError {
  const hint = "See the manager's log: `journalctl -u docker`; the nodes: `docker node ls`."
  return new HoldfastError('lost', `the service was lost: ${why}`, { hint, cause })
}

/** Shared, because creating an Error captures a stack. */
const over = new Error('the tasks have ended')
