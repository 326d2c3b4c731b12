import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is said of each event in the source: comments on the members of a union are not the compiler's to give. */
export function eventComments(): Map<string, string> {
  const source = readFileSync(join(import.meta.dirname, '../../../src/run/events.ts'), 'utf8')
  const [, union = ''] = /export type RunEvent =\n([\s\S]*?)\n\n/.exec(source) ?? []
  const comments = new Map<string, string>()
  let comment = ''
  for (const line of union.split('\n')) {
    comment = /\/\*\* (.*) \*\//.exec(line)?.[1] ?? comment
    const type = /type: '([\w-]+)'/.exec(line)?.[1]
    if (type === undefined) continue
    comments.set(type, comment)
    comment = ''
  }
  return comments
}
