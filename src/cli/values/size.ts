import { InvalidValueError } from '../../run/invalid.ts'
import type { Kind } from './kind.ts'

// go-units RAMInBytes.
const grammar = /^(\d+\.?\d*|\.\d+) ?(?:([kmgtp])(?:i?b)?|b)?$/i

/** `512m`, `1.5GiB`, `1048576` as bytes; every unit is a power of 1024. */
export function parseSize(text: string): number {
  const [, number, unit] = grammar.exec(text) ?? []
  if (number === undefined) {
    throw new InvalidValueError(
      'must be a number with a unit, such as 512m or 1.5g',
      'The units are b, k, m, g, t and p, powers of 1024. Without one it is bytes.',
    )
  }
  const power = unit === undefined ? 0 : 'kmgtp'.indexOf(unit.toLowerCase()) + 1
  const bytes = Math.trunc(Number(number) * 1024 ** power)
  if (!Number.isSafeInteger(bytes)) throw new InvalidValueError('must be less than 8192t')
  return bytes
}

/** An amount of memory, in bytes. */
export const size: Kind<number> = { meta: 'SIZE', parse: parseSize }

/** The same, or -1 for no limit. */
export const sizeOrUnlimited: Kind<number> = {
  meta: 'SIZE',
  parse: text => (text === '-1' ? -1 : parseSize(text)),
}
