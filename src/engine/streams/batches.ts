/** The items of batches, one by one. `onItem` is called as each is taken. */
export async function* flatten<T>(
  batches: AsyncIterable<readonly T[]>,
  onItem: () => void = () => undefined,
): AsyncGenerator<T, void, undefined> {
  for await (const batch of batches)
    for (const item of batch) {
      onItem()
      yield item
    }
}
