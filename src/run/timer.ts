const longest = 2 ** 31 - 1

/** A timer of any length, Infinity too: Node's own end at once when they are asked for more than 2^31 - 1 milliseconds. */
export class Timer {
  readonly #milliseconds: number
  readonly #act: () => void
  #deadline: number
  #timer: NodeJS.Timeout

  constructor(milliseconds: number, act: () => void) {
    this.#milliseconds = milliseconds
    this.#act = act
    this.#deadline = performance.now() + milliseconds
    this.#timer = this.#arm(milliseconds)
  }

  #arm(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => this.#elapse(), Math.min(milliseconds, longest))
  }

  // It may have been refreshed meanwhile. Node's timers count whole milliseconds, and may end a fraction early.
  #elapse(): void {
    if (this.left < 1) this.#act()
    else this.#timer = this.#arm(this.left)
  }

  /** Milliseconds until it ends, or would have ended. */
  get left(): number {
    return this.#deadline - performance.now()
  }

  /** Starts it again from now. Cheap: without effect on Node's timer. */
  refresh(): void {
    this.#deadline = performance.now() + this.#milliseconds
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
