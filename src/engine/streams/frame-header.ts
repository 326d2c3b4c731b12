export const headerLength = 8
/** What each type of frame carries. Type 0 is stdin's echo, which Docker's own stdcopy writes to stdout. */
export const streams = ['stdout', 'stdout', 'stderr', 'systemerr'] as const

/** Reads headers of frames, cut anywhere: a type byte, three zeros, a big-endian length. */
export class FrameHeader {
  readonly #cut = new Uint8Array(headerLength)
  #gathered = 0
  /** What the last header that was complete says. */
  type = 1
  length = 0
  /** The bytes are not a header. */
  broken = false

  /** Whether none is read in part. */
  get complete(): boolean {
    return this.#gathered === 0
  }

  /** Whether all of the next header lies there. */
  isWhole(chunk: Uint8Array, at: number): boolean {
    return this.#gathered === 0 && chunk.length - at >= headerLength
  }

  /** Reads a header, or a byte of one that is cut; gives where what follows lies. */
  read(chunk: Uint8Array, at: number): number {
    if (this.isWhole(chunk, at)) {
      this.#take(chunk, at)
      return at + headerLength
    }
    this.#cut[this.#gathered] = byte(chunk, at)
    this.#gathered = (this.#gathered + 1) % headerLength
    if (this.#gathered === 0) this.#take(this.#cut, 0)
    return at + 1
  }

  #take(bytes: Uint8Array, at: number): void {
    const zeros = byte(bytes, at + 1) | byte(bytes, at + 2) | byte(bytes, at + 3)
    this.type = byte(bytes, at)
    this.broken = zeros !== 0 || this.type >= streams.length
    const high = (byte(bytes, at + 4) << 24) | (byte(bytes, at + 5) << 16)
    this.length = (high | (byte(bytes, at + 6) << 8) | byte(bytes, at + 7)) >>> 0
  }
}

// What is read lies within the chunk.
function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}
