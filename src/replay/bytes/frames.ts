/** Streams of Docker's multiplexed output, by the first byte of a frame. */
export const streams = ['stdin', 'stdout', 'stderr', 'system'] as const
export type Stream = (typeof streams)[number]

interface Frame {
  stream: Stream
  bytes: Buffer
}

const headerSize = 8

/** Splits multiplexed output into its frames, wherever reads have cut it. */
export class FrameReader {
  #pieces: Buffer[] = []
  #size = 0
  /** Bytes until the frame that has begun is whole. */
  #wanted = headerSize

  /** What has come of a frame that is not whole yet. */
  get rest(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  /** The frames that these bytes complete; undefined when they can't be frames. */
  push(bytes: Buffer): Frame[] | undefined {
    this.#pieces.push(bytes)
    this.#size += bytes.length
    const frames: Frame[] = []
    if (this.#size < this.#wanted && this.#size > headerSize) return frames
    let rest = Buffer.concat(this.#pieces)
    for (;;) {
      if (rest.length > 0 && streamOf(rest) === undefined) return undefined
      this.#wanted = rest.length < headerSize ? headerSize : headerSize + rest.readUInt32BE(4)
      if (rest.length < this.#wanted) break
      const stream = streamOf(rest)
      if (stream === undefined) return undefined
      frames.push({ stream, bytes: rest.subarray(headerSize, this.#wanted) })
      rest = rest.subarray(this.#wanted)
    }
    this.#pieces = [rest]
    this.#size = rest.length
    return frames
  }
}

function streamOf(header: Buffer): Stream | undefined {
  return header.subarray(1, 4).every(byte => byte === 0) ? streams[header[0] ?? streams.length] : undefined
}

/** The header of a frame of so many bytes, a character for each byte. */
export function frameHeader(stream: Stream, size: number): string {
  return String.fromCharCode(
    streams.indexOf(stream),
    0,
    0,
    0,
    size >>> 24,
    (size >>> 16) & 255,
    (size >>> 8) & 255,
    size & 255,
  )
}
