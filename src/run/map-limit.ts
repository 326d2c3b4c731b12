/** Does the work for every item, at most `limit` at a time and in their order; gives a promise for each. */
export function mapLimit<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R>[] {
  let free = limit
  const waiting: (() => void)[] = []
  const take = async (item: T) => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work(item)
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
  return items.map(take)
}
