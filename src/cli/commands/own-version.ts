import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** holdfast's own version, as package.json has it. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'))
  return version
}
