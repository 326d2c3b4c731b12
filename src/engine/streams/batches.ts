/** Items of batches one by one: those that are there already cost no more than a settled promise. */
export class Flattened<T> implements AsyncGenerator<T, void, undefined> {
  readonly #batches: AsyncGenerator<readonly T[], void, undefined>
  readonly #onTake: () => void
  #items: readonly T[] = []
  #at = 0
  /** Left: what is still to come of a batch is nobody's. */
  #over = false
  /** The last call of next() that waits for a batch. */
  #pending: Promise<unknown> | undefined

  /** @param onTake called for each item that is taken. */
  constructor(batches: AsyncGenerator<readonly T[], void, undefined>, onTake: () => void = () => undefined) {
    this.#batches = batches
    this.#onTake = onTake
  }

  next(): Promise<IteratorResult<T, void>> {
    const before = this.#pending
    if (before === undefined && this.#at < this.#items.length) return Promise.resolve(this.#item())
    // Who asks again before he is answered must not overtake himself.
    const take = () => this.#take()
    const turn = before === undefined ? take() : before.then(take, take)
    this.#pending = turn
    const over = () => {
      if (this.#pending === turn) this.#pending = undefined
    }
    turn.then(over, over)
    return turn
  }

  async #take(): Promise<IteratorResult<T, void>> {
    while (this.#over || this.#at === this.#items.length) {
      const next = await this.#batches.next()
      if (next.done) return { done: true, value: undefined }
      if (this.#over) continue
      this.#items = next.value
      this.#at = 0
    }
    return this.#item()
  }

  #item(): IteratorResult<T, void> {
    this.#onTake()
    return { done: false, value: this.#items[this.#at++] as T }
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.#over = true
    this.#items = []
    this.#at = 0
    await this.#batches.return()
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<IteratorResult<T, void>> {
    this.#over = true
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
