import { unlessAborted } from '../../engine/http/signals.ts'
import type { OutputChunk } from '../../engine/streams/frames.ts'
import type { LogEntry, LogQuery, OutputSource } from '../execution.ts'
import { logEntries } from '../log-entries.ts'
import { pauseFor } from '../retry.ts'
import { Repeats } from './repeats.ts'
import { AfterCursor, advance, type TaskCursor } from './task-cursor.ts'
import { TaskLines } from './task-lines.ts'

/** Milliseconds until a log that broke off is followed again: at first, and at most. */
const firstPause = 500
const longestPause = 5_000
/** How often in a row the log of ended tasks is asked for: a node may be out of the manager's sight for some seconds. */
const attempts = 15
/** Messages of each task, from the end, in which delivery is looked for. */
const tailLength = 64
const taskKey = 'com.docker.swarm.task.id='

/** What {@link TaskLog} needs of the job whose output it reads. */
interface TaskLogOptions {
  /** The service's log: a frame for each message, with a timestamp and the ids of its task. */
  open(query: LogQuery): Promise<AsyncIterable<Uint8Array>>
  /** Whether a task does not belong to the job. */
  isOther(task: string): boolean
  /** Resolves when a task runs, or has ended. */
  begun: Promise<void>
  /** Aborted once all tasks have ended. */
  ended: AbortSignal
  /** A task's number, for its lines; undefined where the job has one task, whose bytes stay as they are. */
  numberOf: ((task: string) => Promise<number>) | undefined
  onGap(reason: string): void
}

/** A message, and the task that printed it. */
interface TaskEntry extends LogEntry {
  task: string
}

/**
 * The output of a job's tasks, from the service's log: followed while they run, and read once more when they have ended, as
 * a followed log does not end with them. What was delivered of each task is known by the timestamps of its log.
 */
export class TaskLog implements OutputSource {
  readonly #options: TaskLogOptions
  readonly #closing = new AbortController()
  readonly #cursors = new Map<string, TaskCursor>()
  readonly #lines = new TaskLines()
  readonly #repeats = new Repeats()
  readonly #entries: AsyncGenerator<TaskEntry[], void, undefined>
  activeAt = 0

  constructor(options: TaskLogOptions) {
    this.#options = options
    this.#entries = this.#all()
  }

  async read(): Promise<readonly OutputChunk[] | undefined> {
    for (;;) {
      const { value: entries } = await this.#entries.next()
      if (entries === undefined) return this.#rest()
      const pieces = await this.#pieces(entries)
      if (pieces.length > 0) return pieces
    }
  }

  close(): void {
    this.#closing.abort(over)
  }

  async #pieces(entries: readonly TaskEntry[]): Promise<OutputChunk[]> {
    const { numberOf } = this.#options
    if (numberOf === undefined) return entries.map(({ stream, bytes }) => ({ stream, bytes }))
    const pieces: OutputChunk[] = []
    for (const entry of entries) {
      const bytes = this.#lines.add(await numberOf(entry.task), entry)
      if (bytes !== undefined) pieces.push({ stream: entry.stream, bytes })
    }
    return pieces
  }

  #rest(): OutputChunk[] | undefined {
    const rest = this.#lines.rest()
    return rest.length === 0 ? undefined : rest
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted
  }

  async *#all(): AsyncGenerator<TaskEntry[], void, undefined> {
    const { begun, ended } = this.#options
    await unlessAborted(begun, this.#closing.signal).catch(() => undefined)
    const signal = AbortSignal.any([this.#closing.signal, ended])
    for (let pause = firstPause; !signal.aborted; pause = Math.min(pause * 2, longestPause)) {
      try {
        for await (const entries of this.#fresh({ follow: true, signal })) {
          pause = firstPause
          yield entries
        }
      } catch {
        // The end of the tasks aborts it. Of a failure the last reading says whether anything is missing.
      }
      await pauseFor(pause, signal).catch(() => undefined)
    }
    if (!this.#closed) yield* this.#last()
  }

  /** What ended tasks have printed, and was not delivered. */
  async *#last(): AsyncGenerator<TaskEntry[], void, undefined> {
    const { signal } = this.#closing
    for (let attempt = 1; !this.#closed; attempt++) {
      try {
        const near = this.#cursors.size === 0 ? undefined : await this.#nearEnd()
        if (near === undefined) yield* this.#fresh({ follow: false, signal })
        else if (near.length > 0) yield near
        return
      } catch (error) {
        if (this.#closed) return
        if (attempt === attempts) return this.#gap(error)
        await pauseFor(firstPause, signal).catch(() => undefined)
      }
    }
  }

  /** What comes after the cursors, where the ends of the tasks' logs hold them all. */
  async #nearEnd(): Promise<TaskEntry[] | undefined> {
    const tasks = new Map<string, TaskEntry[]>()
    const query = { follow: false, tail: tailLength, signal: this.#closing.signal }
    for await (const entries of this.#read(query))
      for (const entry of entries) tasks.set(entry.task, [...(tasks.get(entry.task) ?? []), entry])
    const fresh: TaskEntry[] = []
    for (const task of new Set([...tasks.keys(), ...this.#cursors.keys()])) {
      const own = tasks.get(task) ?? []
      const cursor = this.#cursors.get(task)
      if (own.length >= tailLength && !beginsBefore(own, cursor)) return undefined
      const after = new AfterCursor(cursor)
      fresh.push(...own.filter(entry => after.take(entry)))
      if (!after.found) return undefined
    }
    return this.#delivered(fresh.filter(entry => this.#repeats.take(entry.task, entry)))
  }

  /** The messages of a log that were not delivered yet. */
  async *#fresh(query: LogQuery): AsyncGenerator<TaskEntry[], void, undefined> {
    const after = new Map([...this.#cursors].map(([task, cursor]) => [task, new AfterCursor(cursor)]))
    for await (const entries of this.#read(query)) {
      const fresh = entries.filter(
        entry => (after.get(entry.task)?.take(entry) ?? true) && this.#repeats.take(entry.task, entry),
      )
      for (const [task, place] of after) {
        if (!place.missed) continue
        after.delete(task)
        this.#gap(new Error('the log of a task no longer holds all of it'))
      }
      if (fresh.length > 0) yield this.#delivered(fresh)
    }
    if (query.follow) return
    for (const place of after.values())
      if (!place.found) this.#gap(new Error('the log of a task does not hold what was delivered'))
  }

  async *#read(query: LogQuery): AsyncGenerator<TaskEntry[], void, undefined> {
    for await (const entries of logEntries(await this.#options.open(query))) {
      this.activeAt = performance.now()
      yield entries.map(taskEntry).filter(({ task }) => !this.#options.isOther(task))
    }
  }

  #delivered(entries: TaskEntry[]): TaskEntry[] {
    for (const entry of entries) this.#cursors.set(entry.task, advance(this.#cursors.get(entry.task), entry))
    return entries
  }

  #gap(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#options.onGap(`the output of the tasks can't be read to its end: ${reason}`)
  }
}

/** A message begins with `KEY=VALUE,KEY=VALUE ` of the ids of its node, service and task. */
function taskEntry(entry: LogEntry): TaskEntry {
  const bytes = Buffer.from(entry.bytes.buffer, entry.bytes.byteOffset, entry.bytes.length)
  const blank = bytes.indexOf(0x20)
  const details = bytes.toString('latin1', 0, Math.max(0, blank)).split(',')
  const task = details.find(detail => detail.startsWith(taskKey))?.slice(taskKey.length)
  if (task === undefined) throw new Error('a message of the log names no task')
  return { ...entry, task, bytes: bytes.subarray(blank + 1) }
}

/** Whether the end of a log holds all messages with the cursor's time, which the parts of a line share. */
function beginsBefore(end: readonly LogEntry[], cursor: TaskCursor | undefined): boolean {
  const first = end.find(({ stream }) => stream === cursor?.stream)
  return first !== undefined && cursor !== undefined && first.timestamp < cursor.timestamp
}

/** Shared, because creating an Error captures a stack. */
const over = new Error('the output is closed')
