/**
 * What comes and goes by the thousand, a few at a time. Not a Set: each time V8 tidies one up, the table before keeps alive
 * what was in it, and the table after, until the next major collection.
 */
export class Passing<T> implements Iterable<T> {
  readonly #items: T[] = []

  add(item: T): void {
    this.#items.push(item)
  }

  /** Without effect when it is not there. */
  delete(item: T): void {
    const at = this.#items.indexOf(item)
    if (at >= 0) this.#items.splice(at, 1)
  }

  /** Those that are there now, whatever happens to them meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#items].values()
  }
}
