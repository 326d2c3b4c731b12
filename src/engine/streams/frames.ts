import { EngineError } from '../error.ts'
import { FrameHeader, streams } from './frame-header.ts'

/** A piece of a container's output. `systemerr` is a message of the Engine about trouble with the stream. */
export interface OutputChunk {
  /** `systemerr`: the Engine reports that it lost output. */
  stream: 'stdout' | 'stderr' | 'systemerr'
  /** As they arrived. */
  bytes: Uint8Array
}

/** Payloads up to this size are moved together, so that tiny frames don't become tiny pieces. */
const joinLimit = 4096
/** Up to this size a loop is faster than a call that copies. */
const loopLimit = 64

/**
 * Splits the Engine's stream: frames of a type byte, three zeros, a big-endian length and a payload, cut anywhere.
 * Keeps no payload: memory is the 8 bytes of a header, whatever the framing.
 */
export class FrameDecoder {
  readonly #header = new FrameHeader()
  /** Of the frame under way. */
  #type = 1
  #left = 0

  /**
   * The payloads in a chunk, in order. The chunk is the decoder's from here on: payloads may be moved inside it. What is
   * not framed is left out, and `end` throws.
   */
  decode(chunk: Uint8Array): OutputChunk[] {
    const pieces: OutputChunk[] = []
    const header = this.#header
    const size = chunk.length
    // In locals, and without a view for each frame: frames may be a few bytes each.
    let from = 0
    let to = 0
    let type = this.#type
    let current = type
    let left = this.#left
    for (let at = 0; at < size && !header.broken; ) {
      if (left === 0) {
        at = header.read(chunk, at)
        if (!header.complete) continue
        current = header.type
        left = header.length
        continue
      }
      const length = Math.min(left, size - at)
      if (to > from && type === current && length <= joinLimit) {
        move(chunk, at, length, to)
        to += length
      } else {
        if (to > from) pieces.push(piece(chunk, from, to, type))
        type = current
        from = at
        to = at + length
      }
      left -= length
      at += length
    }
    this.#type = current
    this.#left = left
    if (to > from) pieces.push(piece(chunk, from, to, type))
    return pieces
  }

  /** Whether the bytes turned out not to be frames. */
  get broken(): boolean {
    return this.#header.broken
  }

  /** Throws where the stream ended inside a frame, so that output is missing, or was not framed at all. */
  end(): void {
    if (this.#header.broken) throw unframed()
    if (this.#left === 0 && this.#header.complete) return
    throw new EngineError('connection-lost', "the container's output broke off inside a frame")
  }
}

function move(bytes: Uint8Array, from: number, length: number, to: number): void {
  if (length > loopLimit) bytes.copyWithin(to, from, from + length)
  else for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i] as number
}

function piece(chunk: Uint8Array, from: number, to: number, type: number): OutputChunk {
  return { stream: streams[type] ?? 'stdout', bytes: chunk.subarray(from, to) }
}

function unframed(): EngineError {
  return new EngineError('bad-answer', "the container's output is not framed as the Engine frames it", {
    hint: 'Was the container made with a terminal (tty)? Its output then comes unframed.',
  })
}
