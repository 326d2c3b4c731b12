/** The rate is an average over this many milliseconds. */
const window = 5_000
/** Milliseconds between two of its samples. */
const grain = 200
/** Milliseconds before a rate is shown. */
const patience = 1_000

/** Measures the download rate over the last few seconds. */
export class Meter {
  readonly #samples: { at: number; bytes: number }[] = []
  #bytes = 0
  #last = 0

  /** Counts bytes received since the last call. */
  add(bytes: number, now: number): void {
    this.#bytes += bytes
    this.#last = now
    const last = this.#samples.at(-1)
    if (last === undefined || now - last.at >= grain) this.#samples.push({ at: now, bytes: this.#bytes })
    while (now - (this.#samples[1]?.at ?? now) >= window) this.#samples.shift()
  }

  /** Bytes a second; undefined until enough is known. */
  rate(now: number): number | undefined {
    const [first] = this.#samples
    if (first === undefined || now - first.at < patience) return undefined
    if (now - this.#last >= window) return 0
    const since = this.#samples.findLast(({ at }) => now - at >= window) ?? first
    return ((this.#bytes - since.bytes) / (now - since.at)) * 1_000
  }
}
