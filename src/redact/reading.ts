/** Bytes as one decoding reads them, with the place of each in the original. */
export interface Reading {
  readonly bytes: Uint8Array
  /** Where the original of each byte starts; undefined where the bytes are the original. */
  readonly starts?: Uint32Array
  /** Where the original of each byte ends. */
  readonly ends?: Uint32Array
}

/** The place in the original where the byte at `index` starts. */
export function startOf({ starts }: Reading, index: number): number {
  return starts === undefined ? index : (starts[index] ?? 0)
}

/** The place in the original where the byte at `index` ends. */
export function endOf({ ends }: Reading, index: number): number {
  return ends === undefined ? index + 1 : (ends[index] ?? 0)
}

/** Collects the bytes of a decoding, at most `capacity` of them. */
export class ReadingWriter {
  readonly #source: Reading
  readonly #bytes: Uint8Array
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  #length = 0

  constructor(source: Reading, capacity: number) {
    this.#source = source
    this.#bytes = new Uint8Array(capacity)
    this.#starts = new Uint32Array(capacity)
    this.#ends = new Uint32Array(capacity)
  }

  /** Adds a byte that the source's bytes from `first` to `last`, both included, encode. */
  add(byte: number, first: number, last: number): void {
    this.#bytes[this.#length] = byte
    this.#starts[this.#length] = startOf(this.#source, first)
    this.#ends[this.#length] = endOf(this.#source, last)
    this.#length++
  }

  /** What was collected. */
  reading(): Reading {
    return {
      bytes: this.#bytes.subarray(0, this.#length),
      starts: this.#starts.subarray(0, this.#length),
      ends: this.#ends.subarray(0, this.#length),
    }
  }
}
