import { isStatus } from '../engine/error.ts'
import { partOf } from '../engine/http/diagnostics.ts'
import type { Execution } from './execution.ts'
import type { Outcome } from './outcome.ts'
import type { OutcomeBuilder } from './outcome-builder.ts'
import type { Line, LineBatch } from './output/lines.ts'
import type { JobChunk, Output } from './output/output.ts'

/**
 * Milliseconds that the Engine may take to answer a signal while output is unread. SIGKILL is answered once the container
 * has ended, which an attached client that does not read holds back.
 */
const unreadPatience = 250

/**
 * A job under way: the promise of its {@link Outcome}, and an iterable of its lines. It runs to its end and is cleaned up
 * whether or not either is used. Iterate right after `run()`.
 */
export class Job extends Promise<Outcome> implements AsyncIterable<Line> {
  readonly #output: Output
  readonly #record: OutcomeBuilder

  /** @internal */
  constructor(outcome: Promise<Outcome>, output: Output, record: OutcomeBuilder) {
    super(resolve => resolve(outcome))
    this.#output = output
    this.#record = record
  }

  // then, catch and finally give plain promises.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** The run's id, the same as {@link Outcome.id}. */
  get id(): string {
    return this.#record.id
  }

  /** The container's id; null until it is created. */
  get container(): string | null {
    return this.#record.container?.id ?? null
  }

  /** What the container prints, line by line, in order per stream. Throws the run's error at the end of a failed run. */
  [Symbol.asyncIterator](): AsyncGenerator<Line, void, undefined> {
    return oneByOne(this.batches(), this.#output.onItem)
  }

  /** The same lines, those that arrived together in one array: faster for output of millions of lines. */
  batches(): AsyncGenerator<LineBatch, void, undefined> {
    return this.#output.lines(this.#handled())
  }

  /**
   * What the container prints, as bytes, as they arrive. Throws the run's error at the end of a failed run.
   *
   * With `reuse` the next chunk overwrites the bytes, so copy what you keep: reading into the same memory is nearly twice
   * as fast. Default false.
   */
  chunks({ reuse = false }: { reuse?: boolean } = {}): AsyncGenerator<JobChunk, void, undefined> {
    const chunks = this.#output.chunks(this.#handled())
    return reuse ? chunks : copies(chunks)
  }

  // The iteration throws the failure at its end: until then it is not unhandled.
  #handled(): Promise<Outcome> {
    this.catch(() => undefined)
    return this
  }

  /**
   * Sends the container a signal, as `SIGTERM`. Default SIGKILL. Without effect when it is not running. Resolves when the
   * Engine has taken it, so it can be awaited by the reader of the job's output: what is left of that still comes.
   */
  async kill(signalName = 'SIGKILL'): Promise<void> {
    await this.#whileRunning(async execution => {
      await this.#unlessUnread(execution.signal(signalName))
      this.#record.emit({ type: 'signal', signal: signalName })
    })
  }

  #unlessUnread(answered: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setInterval(() => this.#output.isUnread && resolve(), unreadPatience)
      answered.then(resolve, reject).finally(() => clearInterval(timer))
    })
  }

  /** Sets the size of the container's terminal, in characters. Without effect when it is not running. */
  async resize(size: { rows: number; columns: number }): Promise<void> {
    await this.#whileRunning(execution => execution.resize(size))
  }

  async #whileRunning(act: (execution: Execution) => Promise<void>): Promise<void> {
    const { execution, exitCode } = this.#record
    if (execution === undefined || exitCode !== null) return
    await partOf(this.id, () => act(execution)).catch(error => {
      if (!isStatus(error, 404) && !isStatus(error, 409)) throw error
    })
  }
}

async function* oneByOne(
  batches: AsyncGenerator<LineBatch, void, undefined>,
  onItem: () => void,
): AsyncGenerator<Line, void, undefined> {
  for await (const { stream, lines } of batches) {
    for (const text of lines) {
      yield { stream, text }
      onItem()
    }
  }
}

async function* copies(
  chunks: AsyncGenerator<JobChunk, void, undefined>,
): AsyncGenerator<JobChunk, void, undefined> {
  for await (const { stream, bytes } of chunks) yield { stream, bytes: Buffer.from(bytes) }
}
