import type { ByteSource } from '../http/byte-source.ts'
import { FrameDecoder, type OutputChunk } from './frames.ts'

/** Bytes of the Engine's own messages (`systemerr`) that are passed on; an Engine in trouble may repeat one without end. */
const systemErrorLimit = 64 * 1024

/** A container's output as it arrives; for one reader, which either iterates it or calls `read`. */
export class OutputStream implements AsyncIterable<OutputChunk> {
  readonly #source: ByteSource
  readonly #close: () => void
  #left = false
  #systemErrorLeft = systemErrorLimit
  /** None with a terminal, whose output is not framed. */
  readonly #decoder: FrameDecoder | undefined

  constructor(source: ByteSource, { tty, close }: { tty: boolean; close: () => void }) {
    this.#source = source
    this.#close = close
    if (!tty) this.#decoder = new FrameDecoder()
  }

  /**
   * All that has arrived, and at least one piece; undefined at the end. The pieces' bytes lie where the next ones will
   * be read into: they are good until the next call. Iterating gives copies.
   */
  async read(): Promise<readonly OutputChunk[] | undefined> {
    if (this.#left) return undefined
    while (this.#decoder?.broken !== true) {
      const bytes = await this.#source.read()
      if (bytes === undefined) break
      const pieces = this.#bounded(this.#decoder?.decode(bytes) ?? [{ stream: 'stdout', bytes }])
      if (pieces.length > 0) return pieces
    }
    if (this.#left) return undefined
    if (this.#decoder?.broken) this.#close()
    this.#decoder?.end()
    return undefined
  }

  #bounded(pieces: OutputChunk[]): OutputChunk[] {
    if (pieces.every(({ stream }) => stream !== 'systemerr')) return pieces
    return pieces.filter(({ stream, bytes }) => {
      if (stream !== 'systemerr') return true
      const passes = this.#systemErrorLeft > 0
      this.#systemErrorLeft -= bytes.length
      return passes
    })
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputChunk, void, undefined> {
    try {
      for (let pieces = await this.read(); pieces !== undefined; pieces = await this.read())
        for (const { stream, bytes } of pieces) yield { stream, bytes: Buffer.from(bytes) }
    } finally {
      this.close()
    }
  }

  /** Drops the connection that carries it; nothing more is read. The container does not notice. */
  close(): void {
    this.#left = true
    this.#close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}
