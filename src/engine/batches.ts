/** Items of batches one by one: those that are there already cost no more than a settled promise. */
export class Flattened<T> implements AsyncGenerator<T, void, undefined> {
  readonly #batches: AsyncGenerator<readonly T[], void, undefined>
  readonly #onTake: () => void
  #items: readonly T[] = []
  #at = 0
  /** Calls of next() that wait for a batch. */
  #waiting = 0
  #turn: Promise<unknown> = Promise.resolve()

  /** @param onTake called for each item that is taken. */
  constructor(batches: AsyncGenerator<readonly T[], void, undefined>, onTake: () => void = () => undefined) {
    this.#batches = batches
    this.#onTake = onTake
  }

  next(): Promise<IteratorResult<T, void>> {
    if (this.#waiting > 0 || this.#at === this.#items.length) return this.#inTurn()
    this.#onTake()
    return Promise.resolve({ done: false, value: this.#items[this.#at++] as T })
  }

  // Who asks again before he is answered must not overtake himself.
  async #inTurn(): Promise<IteratorResult<T, void>> {
    const before = this.#waiting > 0 ? this.#turn : undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turn = promise
    this.#waiting++
    try {
      // Not otherwise: whoever asks first begins the reading at once.
      if (before !== undefined) await before
      return await this.#take()
    } finally {
      this.#waiting--
      resolve()
    }
  }

  async #take(): Promise<IteratorResult<T, void>> {
    while (this.#at === this.#items.length) {
      const next = await this.#batches.next()
      if (next.done) return { done: true, value: undefined }
      this.#items = next.value
      this.#at = 0
    }
    this.#onTake()
    return { done: false, value: this.#items[this.#at++] as T }
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.#items = []
    this.#at = 0
    await this.#batches.return()
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<IteratorResult<T, void>> {
    this.#items = []
    this.#at = 0
    await this.#batches.throw(error)
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}
