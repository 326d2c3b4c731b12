import { isStatus } from '../../engine/error.ts'
import type { Task } from '../../engine/swarm-wire.ts'
import { durationText } from '../duration.ts'
import { ExecutionFailed } from '../execution.ts'
import { HoldfastError } from '../failure.ts'
import { defaultEngineGrace } from '../retry.ts'
import type { Run } from '../run-state.ts'
import { NodeWatch } from './node-watch.ts'
import { isSwarmAway, type SwarmView } from './swarm-view.ts'
import { isPending, type TasksSeen, taskFacts, verdictOf, type Wanted } from './verdict.ts'

/** Milliseconds between two looks at a job's tasks, while it is young, and then. */
const youngPace = 200
const pace = 1_000
const young = 10_000

/** Which tasks are listed to see those of a service. */
export type TaskFilters = Readonly<Record<string, readonly string[]>>

/** Follows the tasks of one service to the job's end. */
export class TaskWatch {
  readonly #run: Run
  readonly #service: string
  readonly #view: SwarmView
  readonly #wanted: Wanted
  readonly #nodes: NodeWatch
  readonly #ended = new AbortController()
  readonly #begun = Promise.withResolvers<void>()
  readonly #states = new Map<string, string>()
  readonly #reasons = new Set<string>()
  #filters: TaskFilters
  #tasks: readonly Task[] = []
  #pendingSince: number | undefined
  #removed = false
  #kick: (() => void) | undefined

  constructor(run: Run, service: string, view: SwarmView, filters: TaskFilters) {
    const { swarm = {}, skipExitCodes = [], engineGrace = defaultEngineGrace } = run.options
    const { replicas = 1, maxConcurrent = replicas } = swarm
    this.#run = run
    this.#service = service
    this.#view = view
    this.#filters = filters
    this.#wanted = { replicas, maxConcurrent: Math.min(maxConcurrent, replicas), skipExitCodes }
    this.#nodes = new NodeWatch(view, engineGrace, message => run.emit({ type: 'warning', message }))
  }

  /** Aborted once all tasks have ended. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** Resolves when a task runs, or has ended. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }

  /** The service was removed: what is left is to see its tasks end. */
  serviceRemoved(): void {
    this.#removed = true
    this.#filters = { id: this.#tasks.map(({ ID }) => ID) }
    this.#kick?.()
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
    const leave = events.listen(this.#service, () => this.#kick?.())
    try {
      for (;;) {
        const exitCode = await this.#look(signal)
        if (exitCode !== undefined) return exitCode
        await this.#pause(performance.now() - since < young ? youngPace : pace, signal)
      }
    } finally {
      leave()
      this.#ended.abort(over)
      this.#begun.resolve()
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
    const tasks = await this.#list(signal)
    if (tasks.length === 0) return this.#without(signal)
    this.#tasks = tasks
    await this.#nodes.look(tasks, signal)
    const seen: TasksSeen = { tasks, nodeNames: this.#nodes.names, lostNodes: this.#nodes.lost }
    this.#note(seen)
    const verdict = verdictOf(seen, this.#wanted)
    if (verdict.state === 'ended') return verdict.exitCode
    if (verdict.state === 'failed') throw verdict.failure
    this.#checkPending(tasks)
    return undefined
  }

  async #list(signal: AbortSignal): Promise<Task[]> {
    const { grace } = this.#run
    const filters = JSON.stringify(this.#filters)
    if (filters === '{"id":[]}') return []
    const tasks = await grace
      .untilAnswered(() => this.#view.tasks.ask(filters, signal), { signal, unanswered: isSwarmAway })
      .catch(error => {
        if (isStatus(error, 404)) return []
        throw isSwarmAway(error) ? lost('its manager stayed away', error) : error
      })
    const own = tasks.filter(({ ServiceID }) => ServiceID === this.#service)
    return firstOfEach(own)
  }

  /** No task is there: not yet, or no longer. */
  async #without(signal: AbortSignal): Promise<undefined> {
    if (this.#removed) throw ended('cancelled', 'the service was removed to stop its tasks')
    const { engine, grace } = this.#run
    const inspect = () => engine.services.inspect(this.#service, { signal })
    await grace.untilAnswered(inspect, { signal, unanswered: isSwarmAway }).catch(error => {
      if (isStatus(error, 404)) throw ended('lost', 'the service was lost: it is no longer in the Swarm')
      throw isSwarmAway(error) ? lost('its manager stayed away', error) : error
    })
  }

  #note(seen: TasksSeen): void {
    const { record, emit } = this.#run
    const facts = seen.tasks.map(task => taskFacts(task, seen))
    if (record.swarm !== null) record.swarm.tasks = facts
    for (const task of facts) {
      if (this.#states.get(task.id) === task.state) continue
      this.#states.set(task.id, task.state)
      emit({ type: 'task', ...task })
    }
    if (seen.tasks.some(({ Status }) => Status.State === 'running')) this.#begun.resolve()
  }

  #checkPending(tasks: readonly Task[]): void {
    const { emit, options } = this.#run
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

  /** Until the next look: all jobs look at the same moments, so that they ask together. An event comes before. */
  async #pause(period: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, period - (performance.now() % period))
    this.#kick = resolve
    signal.addEventListener('abort', this.#kick, { once: true })
    if (signal.aborted) resolve()
    await promise
    clearTimeout(timer)
    signal.removeEventListener('abort', this.#kick)
    this.#kick = undefined
    signal.throwIfAborted()
  }
}

/**
 * The tasks of the job's last execution, one for each number: where a task has failed, Swarm has another ready, which is not
 * started before the service is gone.
 */
function firstOfEach(tasks: readonly Task[]): Task[] {
  const iteration = Math.max(0, ...tasks.map(iterationOf))
  const first = new Map<number, Task>()
  for (const task of tasks.filter(each => iterationOf(each) === iteration)) {
    const other = first.get(task.Slot ?? 0)
    if (other === undefined || timeOf(task) < timeOf(other)) first.set(task.Slot ?? 0, task)
  }
  return [...first.values()].sort((a, b) => (a.Slot ?? 0) - (b.Slot ?? 0))
}

/** As text that compares: the fraction of a second has as many digits as it needs. */
function timeOf({ CreatedAt }: Task): string {
  return CreatedAt.replace(/Z$/, '')
}

function iterationOf({ JobIteration }: Task): number {
  return JobIteration?.Index ?? 0
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
