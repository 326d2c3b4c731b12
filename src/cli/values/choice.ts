import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

/** One of the texts in the list. */
export function parseChoice<T extends string>(choices: readonly T[], text: string, where: string): T {
  const choice = choices.find(candidate => candidate === text)
  if (choice !== undefined) return choice
  throw new UsageError(`${where} can't be ${quote(text)}`, `Write one of ${choices.join(', ')}.`)
}
