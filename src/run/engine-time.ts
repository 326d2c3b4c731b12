/** A time that the Engine writes, in milliseconds since 1970. Go's zero time, of the year 1, stands for never. */
export function timeOf(text = ''): number | undefined {
  const time = Date.parse(text)
  return time > 0 ? time : undefined
}
