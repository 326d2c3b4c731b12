import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

const nanoseconds = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
  ['d', 86_400_000_000_000n],
])

// A part of Go's time.ParseDuration, and days: U+00B5 and U+03BC are both in use for micro.
const part = /(\d+)?(?:\.(\d*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h|d)/y
const longest = 2n ** 63n - 1n

/** `90s`, `1h30m`, `1.5h`, `300ms`, `7d` as milliseconds, rounded up. */
export function parseDuration(text: string, where: string): number {
  const bad = (what: string, hint: string) => new UsageError(`${where}: ${quote(text)} ${what}`, hint)
  if (/^\d+(\.\d*)?$/.test(text))
    throw bad('has no unit', `Add one: ${quote(`${text}s`)} is seconds; or ms, m, h, d.`)
  const total = sum(text)
  if (total === undefined) throw bad('is not a duration', 'Write numbers with units: 90s, 1h30m, 7d.')
  if (total === 0n) throw bad('is no time at all', `Leave ${where} out for no limit.`)
  if (total > longest) throw bad('is too long', 'Write at most 2562047h.')
  return Number((total + 999_999n) / 1_000_000n)
}

function sum(text: string): bigint | undefined {
  if (text === '' || text.length > 200) return undefined
  let total = 0n
  for (let at = 0; at < text.length; at = part.lastIndex) {
    part.lastIndex = at
    const [, whole = '', fraction = '', unit = ''] = part.exec(text) ?? []
    const size = nanoseconds.get(unit)
    if (size === undefined || whole + fraction === '') return undefined
    total += BigInt(whole) * size + (BigInt(fraction) * size) / 10n ** BigInt(fraction.length)
  }
  return total
}
