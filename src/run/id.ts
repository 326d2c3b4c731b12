/**
 * An id as `randomUUID` gives one. It tells runs apart and is no secret, so it need not wait the 3 ms that node:crypto takes
 * to load: V8 seeds its generator anew in every process, from the system's entropy.
 */
export function newId(): string {
  const digits = (count: number, from = 0, below = 16 ** count) =>
    Math.floor(from + Math.random() * (below - from))
      .toString(16)
      .padStart(count, '0')
  return [digits(8), digits(4), digits(4, 0x4000, 0x5000), digits(4, 0x8000, 0xc000), digits(12)].join('-')
}
