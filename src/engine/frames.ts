import { EngineError } from './error.ts'

/** A piece of a container's output. `systemerr` is the Engine itself, telling of trouble with the stream. */
export interface OutputChunk {
  stream: 'stdout' | 'stderr' | 'systemerr'
  bytes: Uint8Array
}

// Type 0 is stdin's echo, which Docker's own stdcopy writes to stdout.
const streams = ['stdout', 'stdout', 'stderr', 'systemerr'] as const
const headerLength = 8

/** Payloads up to this size are moved together, so that tiny frames don't become tiny pieces. */
const joinLimit = 4096

/**
 * Takes the Engine's stream apart: frames of a type byte, three zeros, a big-endian length and a payload, cut anywhere.
 * Keeps no payload: memory is the 8 bytes of a header, whatever the framing.
 */
export class FrameDecoder {
  readonly #header = new Uint8Array(headerLength)
  #filled = 0
  #left = 0
  #stream: OutputChunk['stream'] = 'stdout'
  #broken = false;

  /** The payloads in a chunk, in order. The chunk is the decoder's from here on: payloads may be moved inside it. */
  *decode(chunk: Uint8Array): Generator<OutputChunk, void, undefined> {
    let from = 0
    let to = 0
    let stream = this.#stream
    const piece = () => ({ stream, bytes: chunk.subarray(from, to) })
    for (let at = 0; at < chunk.length; ) {
      if (this.#left === 0) {
        at = this.#readHeader(chunk, at)
        if (!this.#broken) continue
        // What came before the trouble is good.
        if (to > from) yield piece()
        throw unframed()
      }
      const length = Math.min(this.#left, chunk.length - at)
      if (to > from && stream === this.#stream && length <= joinLimit) {
        chunk.copyWithin(to, at, at + length)
        to += length
      } else {
        if (to > from) yield piece()
        stream = this.#stream
        from = at
        to = at + length
      }
      this.#left -= length
      at += length
    }
    if (to > from) yield piece()
  }

  #readHeader(chunk: Uint8Array, at: number): number {
    const taken = Math.min(headerLength - this.#filled, chunk.length - at)
    this.#header.set(chunk.subarray(at, at + taken), this.#filled)
    this.#filled += taken
    if (this.#filled === headerLength) this.#openFrame()
    return at + taken
  }

  #openFrame(): void {
    const [type = 0, zero1, zero2, zero3, a = 0, b = 0, c = 0, d = 0] = this.#header
    const stream = streams[type]
    if (stream === undefined || zero1 !== 0 || zero2 !== 0 || zero3 !== 0) {
      this.#broken = true
      return
    }
    this.#stream = stream
    this.#left = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
    this.#filled = 0
  }

  /** Throws when the stream ended inside a frame: output is missing. */
  end(): void {
    if (this.#left === 0 && this.#filled === 0) return
    throw new EngineError('connection-lost', "the container's output broke off inside a frame")
  }
}

function unframed(): EngineError {
  return new EngineError('bad-answer', "the container's output is not framed as the Engine frames it", {
    hint: 'Was the container made with a terminal (tty)? Its output then comes unframed.',
  })
}

/** A container's output from its raw bytes: framed, or with a terminal as they are. */
export async function* readOutput(
  bytes: AsyncIterable<Uint8Array>,
  tty: boolean,
): AsyncGenerator<OutputChunk, void, undefined> {
  const decoder = new FrameDecoder()
  for await (const chunk of bytes) {
    if (tty) yield { stream: 'stdout', bytes: chunk }
    else yield* decoder.decode(chunk)
  }
  decoder.end()
}
