import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

// Go's strconv.ParseBool.
const truths = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map(text => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map(text => [text, false] as const),
])

/** The boolean that a text stands for, if it does. */
export function readBoolean(text: string): boolean | undefined {
  return truths.get(text)
}

/** `true` or `false`, and Go's short forms of them. */
export function parseBoolean(text: string, where: string): boolean {
  const truth = readBoolean(text)
  if (truth !== undefined) return truth
  throw new UsageError(
    `${where}: ${quote(text)} is neither true nor false`,
    `Write ${where} or ${where}=false.`,
  )
}
