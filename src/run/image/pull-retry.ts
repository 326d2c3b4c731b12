/** How often a pull goes out while the registry fails. */
export const tries = 3

const firstPause = 1_000

/** Milliseconds before that try, from the second on: 0.5 to 1 s, then 1 to 2 s. Jobs that failed together must not come back together. */
export function pauseBefore(attempt: number): number {
  const pause = firstPause * (attempt - 1)
  return Math.round(pause * (0.5 + Math.random() / 2))
}
