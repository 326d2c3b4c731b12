import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

/** `os/arch[/variant]`, as it was written. */
export function parsePlatform(text: string, where: string): string {
  if (/^[\w.-]+(\/[\w.-]+){1,2}$/.test(text)) return text
  throw new UsageError(
    `${where}: ${quote(text)} is not a platform`,
    'Write os/arch or os/arch/variant, as linux/amd64 or linux/arm64/v8.',
  )
}
