/** The value below which that share of the values lies, interpolated between two of them. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at - Math.floor(at))
}

export const median = (values: readonly number[]) => quantile(values, 0.5)

/** The median, the quartiles and the extremes. */
export interface Spread {
  median: number
  lower: number
  upper: number
  least: number
  most: number
}

export function spread(values: readonly number[]): Spread {
  return {
    median: median(values),
    lower: quantile(values, 0.25),
    upper: quantile(values, 0.75),
    least: quantile(values, 0),
    most: quantile(values, 1),
  }
}

/** The two values between which the true median lies, with 95 % confidence; of fewer than six, the least and the greatest. */
export function middleOf(values: readonly number[]): [low: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b)
  const count = sorted.length
  let outside = 0
  // The probability that the true median lies outside, as each value is as likely above it as below.
  for (let chance = 2 / 2 ** count; outside < count / 2; outside++) {
    const ways = binomial(count, outside + 1)
    chance += (2 * ways) / 2 ** count
    if (chance > 0.05) break
  }
  return [sorted[outside] ?? Number.NaN, sorted[count - 1 - outside] ?? Number.NaN]
}

function binomial(n: number, k: number): number {
  return k === 0 ? 1 : (binomial(n - 1, k - 1) * n) / k
}

/**
 * Two contenders' values compared round by round, as a disturbance hits both of them. A contender with fewer rounds is
 * compared by its median.
 */
export function paired(
  ours: readonly number[],
  theirs: readonly number[],
  compare: (ours: number, theirs: number) => number,
): number[] {
  const [middle, theirMiddle] = [median(ours), median(theirs)]
  if (ours.length === theirs.length)
    return ours.map((value, round) => compare(value, theirs[round] ?? theirMiddle))
  return ours.length > theirs.length
    ? ours.map(value => compare(value, theirMiddle))
    : theirs.map(value => compare(middle, value))
}
