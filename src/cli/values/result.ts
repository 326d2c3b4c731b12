import { InvalidValueError } from '../../run/invalid.ts'
import type { RunOptions } from '../../run/options.ts'
import type { Kind } from './kind.ts'

/** `stdout`, `last-line`, or a JSON file of the container. */
export const result: Kind<NonNullable<RunOptions['result']>> = {
  meta: 'stdout|last-line|FILE',
  parse(text) {
    if (text === 'stdout' || text === 'last-line') return text
    if (text.startsWith('/')) return { file: text }
    throw new InvalidValueError('must be stdout, last-line or an absolute path of the container')
  },
}
