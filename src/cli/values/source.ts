import { resolve } from 'node:path'
import { quote } from '../quote.ts'

/** The path that a mount's source stands for, against `cwd` when it starts with a dot; `undefined` for a volume's name. */
export function hostPath(source: string, cwd: string): string | undefined {
  if (source.startsWith('/')) return source
  if (source.startsWith('.')) return resolve(cwd, source)
  return undefined
}

/** True for what the Engine takes as a volume's name. */
export function isVolumeName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text)
}

/** How to write a source that is neither a path nor a volume's name. */
export function sourceHint(source: string): string {
  if (source.startsWith('~'))
    return 'Write $HOME in place of ~, which the shell expands only at the start of a word.'
  if (source.includes('/'))
    return `For a directory of the host write ${quote(`./${source}`)} or its absolute path.`
  return "Write a path that starts with / or ./, or a volume's name: two or more of a-z A-Z 0-9 _ . -"
}
