import { InvalidValueError } from '../../run/invalid.ts'
import type { ProcessContext } from '../process-context.ts'
import { readGivenFile } from './file.ts'
import type { Kind } from './kind.ts'

/** `KEY=VALUE` or `no-new-privileges`; a seccomp profile is read from its file and sent as JSON. */
export const securityOption: Kind<string> = {
  meta: 'OPTION',
  parse(text, context) {
    const [, key, value = ''] = /^([^=:]*)[=:]?(.*)$/s.exec(text) ?? []
    if (key === 'no-new-privileges') return text
    if (value === '') throw new InvalidValueError('must be KEY=VALUE or no-new-privileges')
    if (key !== 'seccomp' || value === 'unconfined' || value === 'builtin') return text
    return `seccomp=${profile(value, context)}`
  },
}

function profile(path: string, context: ProcessContext): string {
  const bytes = readGivenFile(path, context)
  try {
    return JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    throw new InvalidValueError('must name a seccomp profile, which is JSON', undefined, { cause })
  }
}

/** A namespace: one of the words, `container:NAME` where it may be, or empty for the Engine's default. */
export const namespace = (words: readonly string[], container = false): Kind<string> => ({
  meta: [...words, ...(container ? ['container:NAME'] : [])].join('|'),
  parse(text) {
    if (text === '' || words.includes(text) || (container && /^container:./.test(text))) return text
    throw new InvalidValueError(`must be ${words.join(' or ')}${container ? ' or container:NAME' : ''}`)
  },
})
