/** Streams of Docker's multiplexed output, by the first byte of a frame. */
export const streams = ['stdin', 'stdout', 'stderr', 'system'] as const
export type Stream = (typeof streams)[number]

export interface Frame {
  stream: Stream
  bytes: Buffer
}

const headerSize = 8

/** Splits multiplexed output into its frames, wherever reads have cut it. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)

  /** What has come of a frame that is not whole yet. */
  get rest(): Buffer {
    return this.#rest
  }

  /** The frames that these bytes complete; undefined when they can't be frames. */
  push(bytes: Buffer): Frame[] | undefined {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const frames: Frame[] = []
    while (this.#rest.length > 0) {
      const stream = streamOf(this.#rest)
      if (stream === undefined) return undefined
      if (this.#rest.length < headerSize) break
      const end = headerSize + this.#rest.readUInt32BE(4)
      if (this.#rest.length < end) break
      frames.push({ stream, bytes: this.#rest.subarray(headerSize, end) })
      this.#rest = this.#rest.subarray(end)
    }
    return frames
  }
}

function streamOf(header: Buffer): Stream | undefined {
  return header.subarray(1, 4).every(byte => byte === 0) ? streams[header[0] ?? streams.length] : undefined
}

/** A frame as the Engine sends it. */
export function frameBytes({ stream, bytes }: Frame): Buffer {
  const header = Buffer.alloc(headerSize)
  header[0] = streams.indexOf(stream)
  header.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([header, bytes])
}
