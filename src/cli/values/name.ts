import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

/** A container's name. */
export function parseName(text: string, where: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text)) return text
  throw new UsageError(
    `${where}: ${quote(text)} can't be a container's name`,
    'Write two or more of a-z A-Z 0-9 _ . - that start with a letter or a digit.',
  )
}
