import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

// go-units RAMInBytes.
const grammar = /^(\d+\.?\d*|\.\d+) ?(?:([kmgtp])(?:i?b)?|b)?$/i

/** `512m`, `1.5GiB`, `1048576` as bytes; every unit is a power of 1024. */
export function parseMemory(text: string, where: string): number {
  const [, number, unit] = grammar.exec(text) ?? []
  if (number === undefined) {
    throw new UsageError(
      `${where}: ${quote(text)} is not an amount of memory`,
      'Write a number and a unit: 512m, 1.5g. The units are b, k, m, g, t, p; without one it is bytes.',
    )
  }
  const power = unit === undefined ? 0 : 'kmgtp'.indexOf(unit.toLowerCase()) + 1
  const bytes = Math.trunc(Number(number) * 1024 ** power)
  if (!Number.isSafeInteger(bytes)) {
    throw new UsageError(`${where}: ${quote(text)} is too much`, 'Write less than 8192t.')
  }
  return bytes
}
