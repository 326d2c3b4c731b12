const units: ReadonlyArray<[ms: number, name: string]> = [
  [86_400_000, 'day'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
]

/** A limit as a person would write it: `250 ms`, `90 s`, `2 h 30 min`, `7 days`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms} ms`
  if (ms < 120_000) return `${ms / 1000} s`
  const hours = Math.floor(ms / 3_600_000)
  const days = hours < 48 ? 0 : Math.floor(hours / 24)
  const parts: [count: number, unit: string][] = [
    [days, 'days'],
    [hours - days * 24, 'h'],
    [Math.floor(ms / 60_000) % 60, 'min'],
    [(ms % 60_000) / 1000, 's'],
  ]
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count} ${unit}`] : [])).join(' ')
}

/** An age, in the largest unit that it has two of: `9 days`, `36 h`, `40 min`, `12 s`. */
export function ageText(ms: number): string {
  const [size, name] = units.find(([size]) => ms >= 2 * size) ?? [1_000, 's']
  return `${Math.floor(ms / size)} ${name}${name === 'day' ? 's' : ''}`
}
