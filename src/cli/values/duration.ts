import { InvalidValueError } from '../../run/invalid.ts'
import type { PullTimeout } from '../../run/options.ts'
import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { type Kind, ofPart } from './kind.ts'

const unitSizes = new Map([
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
export function parseDuration(text: string): number {
  if (/^\d+(\.\d*)?$/.test(text))
    throw new InvalidValueError(
      'must have a unit',
      `${quote(`${text}s`)} is seconds. The units: ms, s, m, h, d.`,
    )
  const total = sum(text)
  if (total === undefined) throw new InvalidValueError('must be numbers with units, such as 90s, 1h30m or 7d')
  if (total === 0n) throw new InvalidValueError('must be greater than 0', 'For no limit, omit it.')
  if (total > longest) throw new InvalidValueError('must be at most 2562047h')
  return Number((total + 999_999n) / 1_000_000n)
}

/** A time, in milliseconds. */
export const duration: Kind<number> = { meta: 'DURATION', parse: parseDuration }

/** Go's duration, in nanoseconds; 0 is the Engine's default. */
export const nanoseconds: Kind<number> = {
  meta: 'DURATION',
  parse(text) {
    if (text === '0') return 0
    const total = sum(text)
    if (total !== undefined && total <= longest && !text.includes('d')) return Number(total)
    throw new InvalidValueError('must be numbers with units, such as 30s or 1m30s')
  },
}

function sum(text: string): bigint | undefined {
  if (text === '' || text.length > 200) return undefined
  let total = 0n
  for (let at = 0; at < text.length; at = part.lastIndex) {
    part.lastIndex = at
    const [, whole = '', fraction = '', unit = ''] = part.exec(text) ?? []
    const size = unitSizes.get(unit)
    if (size === undefined || whole + fraction === '') return undefined
    total += BigInt(whole) * size + (BigInt(fraction) * size) / 10n ** BigInt(fraction.length)
  }
  return total
}

const zero = /^0(ns|us|ms|s|m|h|d)?$/
const parts = ['connect', 'idle', 'total'] as const

/** `5m` for all of a pull, or `connect=5s,idle=1m,total=1h`, each part at most once; `0` is no limit. */
export const pullTimeout: Kind<PullTimeout> = {
  meta: 'DURATION|PART=DURATION,...',
  parse(text) {
    if (zero.test(text)) return { connect: 0, idle: 0, total: 0 }
    if (!text.includes('=')) return { total: parseDuration(text) }
    const timeout: PullTimeout = {}
    for (const field of text.split(',')) {
      const [name, value = ''] = cut(field, '=')
      const part = parts.find(candidate => candidate === name)
      if (part === undefined) {
        throw new InvalidValueError(
          `has ${quote(field)}, which is not a part of a pull`,
          'Write connect=DURATION, idle=DURATION and total=DURATION, separated by commas.',
        )
      }
      if (timeout[part] !== undefined) throw new InvalidValueError(`has ${part} twice`, 'Omit one of them.')
      timeout[part] = zero.test(value) ? 0 : ofPart(`${part} ${quote(value)}`, () => parseDuration(value))
    }
    return timeout
  },
}
