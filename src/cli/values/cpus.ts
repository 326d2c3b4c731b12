import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

const grammar = /^(?=\.?\d)\d*\.?(\d*)$/

/** `1.5` as a number of CPUs; the Engine counts in billionths. */
export function parseCpus(text: string, where: string): number {
  const bad = (what: string, hint: string) => new UsageError(`${where}: ${quote(text)} ${what}`, hint)
  const decimals = grammar.exec(text)?.[1]
  if (decimals === undefined) throw bad('is not a number of CPUs', 'Write a decimal number, as 2 or 0.5.')
  if (/[1-9]/.test(decimals.slice(9))) throw bad('is too precise', 'Write at most 9 decimals.')
  const cpus = Number(text)
  if (cpus === 0) throw bad('is no CPU at all', `Leave ${where} out for no limit.`)
  if (!Number.isSafeInteger(Math.round(cpus * 1e9))) throw bad('is too much', 'Write at most 9000000.')
  return cpus
}
