import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { hostPath, isVolumeName, sourceHint } from './source.ts'

const form = 'Write HOST-DIR:/DIR, VOLUME:/DIR or /DIR, with :ro at the end for read-only.'

/** `[SOURCE:]TARGET[:OPTIONS]`, with a source that starts with a dot made absolute. The Engine judges the options. */
export function parseVolume(text: string, where: string, cwd: string): string {
  const bad = (what: string, hint = form) => new UsageError(`${where}: ${quote(text)} ${what}`, hint)
  const parts = text.split(':')
  if (text === '') throw bad('is empty')
  if (parts.length > 3) throw bad('has too many colons')
  if (parts.includes('')) throw bad('has nothing on one side of a colon')
  const [source = '', target = source, ...options] = parts
  if (!target.startsWith('/'))
    throw bad(`does not say where in the container: ${quote(target)} is not an absolute path`)
  if (parts.length === 1) return text
  const path = hostPath(source, cwd)
  if (path?.includes(':')) throw bad('is relative to a directory with a colon in its name', 'Use --mount.')
  if (path === undefined && !isVolumeName(source))
    throw bad('has a source that is neither a path nor a volume', sourceHint(source))
  return [path ?? source, target, ...options].join(':')
}
