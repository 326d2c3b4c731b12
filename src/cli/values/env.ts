import { cut } from '../cut.ts'
import { lookup, type ProcessContext } from '../process-context.ts'
import { UsageError } from '../usage.ts'

/** `NAME=value`; `NAME` takes our own value, and `null`, which unsets it, where we have none. */
export function parseEnv(
  text: string,
  where: string,
  env: ProcessContext['env'],
): [name: string, value: string | null] {
  const [name, value] = cut(text, '=')
  if (name === '') throw new UsageError(`${where}: the variable has no name`, 'Write NAME=VALUE, or NAME.')
  return [name, value ?? lookup(env, name) ?? null]
}
