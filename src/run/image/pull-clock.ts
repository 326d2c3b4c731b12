let clock = 0

/** A moment, to compare the ends of pulls with. */
export function pullClock(): number {
  return ++clock
}
