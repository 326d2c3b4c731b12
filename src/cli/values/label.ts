import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'

/** `name=value`, or `name` for an empty value. */
export function parseLabel(text: string, where: string): [name: string, value: string] {
  const [name, value = ''] = cut(text, '=')
  if (name === '') throw new UsageError(`${where}: the label has no name`, 'Write NAME=VALUE.')
  if (/\s/.test(name)) {
    throw new UsageError(`${where}: the name ${quote(name)} has a space in it`, 'Write NAME=VALUE.')
  }
  return [name, value]
}
