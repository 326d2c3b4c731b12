import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

/** A network's name, id or mode; docker's long form (`name=…,alias=…`) is refused. */
export function parseNetwork(text: string, where: string): string {
  if (!text.includes('=')) return text
  throw new UsageError(
    `${where}: ${quote(text)} is docker's long form, which holdfast does not have`,
    "Write a network's name or id, none, host, or container:NAME.",
  )
}
