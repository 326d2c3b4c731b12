import { type RemovePolicy, removePolicies } from '../../run/options.ts'
import { readBoolean } from './boolean.ts'
import { parseChoice } from './choice.ts'

/** When to remove the container; docker's `--rm=true` is `always` and `--rm=false` is `never`. */
export function parseRemove(text: string, where: string): RemovePolicy {
  const truth = readBoolean(text)
  if (truth === undefined) return parseChoice(removePolicies, text, where)
  return truth ? 'always' : 'never'
}
