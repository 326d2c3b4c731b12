import type { Engine } from '../engine/engine.ts'
import { isStatus } from '../engine/error.ts'
import { Flattened } from '../engine/streams/batches.ts'
import type { Outcome } from './outcome.ts'
import type { OutcomeBuilder } from './outcome-builder.ts'
import type { Line, LineBatch } from './output/lines.ts'
import type { JobChunk, Output } from './output/output.ts'

/** A job under way: `await` it for its outcome, `for await` it for its lines. */
export class Job implements PromiseLike<Outcome>, AsyncIterable<Line> {
  readonly #engine: Engine
  readonly #output: Output
  readonly #outcome: Promise<Outcome>
  readonly #record: OutcomeBuilder

  /** @internal */
  constructor(engine: Engine, output: Output, outcome: Promise<Outcome>, record: OutcomeBuilder) {
    this.#engine = engine
    this.#output = output
    this.#outcome = outcome
    this.#record = record
  }

  // biome-ignore lint/suspicious/noThenProperty: a job is awaited
  then<A = Outcome, B = never>(
    onFulfilled?: ((outcome: Outcome) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#output.want()
    return this.#outcome.then(onFulfilled, onRejected)
  }

  catch<B = never>(onRejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<Outcome | B> {
    return this.then(undefined, onRejected)
  }

  finally(onFinally?: (() => void) | null): Promise<Outcome> {
    this.#output.want()
    return this.#outcome.finally(onFinally)
  }

  /** What the container prints, line by line, in order per stream. Throws the run's error at the end of a failed run. */
  [Symbol.asyncIterator](): AsyncGenerator<Line, void, undefined> {
    return new Flattened(oneByOne(this.batches()), this.#output.took)
  }

  /**
   * The same lines, those that came together in one array: for output of millions of lines, of which each would be
   * awaited otherwise.
   */
  batches(): AsyncGenerator<LineBatch, void, undefined> {
    return this.#output.lines(this.#failing())
  }

  /**
   * What the container prints, as bytes, as they come. Throws the run's error at the end of a failed run.
   *
   * With `reuse` the bytes are good until the next chunk is asked for or the loop is left, and what is to be kept must be
   * copied: memory that is used again is read into nearly twice as fast as new memory. Default false: they may be kept.
   */
  chunks({ reuse = false }: { reuse?: boolean } = {}): AsyncGenerator<JobChunk, void, undefined> {
    const chunks = this.#output.chunks(this.#failing())
    return new Flattened(reuse ? chunks : copies(chunks), this.#output.took)
  }

  // Who iterates meets a failure at the end: one that comes while he is busy with a line is handled, too.
  #failing(): Promise<Outcome> {
    this.#outcome.catch(() => undefined)
    return this.#outcome
  }

  /** Sends the container a signal, as `SIGTERM`. Default SIGKILL. Without effect when it is not running. */
  async kill(signalName = 'SIGKILL'): Promise<void> {
    await this.#whileRunning(id => this.#engine.containers.kill(id, { signalName }))
  }

  /** Sets the size of the container's terminal, in characters. Without effect when it is not running. */
  async resize(size: { rows: number; columns: number }): Promise<void> {
    await this.#whileRunning(id => this.#engine.containers.resize(id, size))
  }

  async #whileRunning(act: (id: string) => Promise<void>): Promise<void> {
    const { container, started, exitCode } = this.#record
    if (container === null || !started || exitCode !== null) return
    await act(container.id).catch(error => {
      if (!isStatus(error, 404) && !isStatus(error, 409)) throw error
    })
  }
}

async function* oneByOne(
  batches: AsyncGenerator<LineBatch, void, undefined>,
): AsyncGenerator<readonly Line[], void, undefined> {
  for await (const { stream, lines } of batches) yield lines.map(text => ({ stream, text }))
}

async function* copies(
  batches: AsyncGenerator<readonly JobChunk[], void, undefined>,
): AsyncGenerator<readonly JobChunk[], void, undefined> {
  for await (const chunks of batches)
    yield chunks.map(({ stream, bytes }) => ({ stream, bytes: Buffer.from(bytes) }))
}
