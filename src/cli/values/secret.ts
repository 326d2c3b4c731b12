import { InvalidValueError } from '../../run/invalid.ts'
import { checkSecretName, type SecretSource } from '../../run/secret-files.ts'
import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { parseCsv } from './key-value.ts'
import type { Kind } from './kind.ts'

const hint = 'Write name=NAME,src=FILE or name=NAME,env=VARIABLE.'
const sources = { src: 'file', source: 'file', env: 'env' } as const

/** `name=NAME,src=FILE` or `name=NAME,env=VARIABLE`. What is written in another way may be the secret itself. */
export const secret: Kind<[name: string, source: SecretSource]> = {
  meta: 'name=NAME,src=FILE|env=VAR',
  secret: true,
  parse(text) {
    let name: string | undefined
    let source: SecretSource | undefined
    for (const [index, field] of parseCsv(text).entries()) {
      const [key, value = ''] = cut(field, '=')
      if (value === '') throw new InvalidValueError(`must have KEY=VALUE in field ${index + 1}`, hint)
      if (key === 'name') name = value
      else if (!isSource(key))
        throw new InvalidValueError(`has ${quote(key)}, which is not one of its keys`, hint)
      else if (source !== undefined) throw new InvalidValueError('must have one of src and env', hint)
      else source = sources[key] === 'file' ? { file: value } : { env: value }
    }
    if (name === undefined) throw new InvalidValueError('must have a name', hint)
    checkSecretName(name)
    if (source === undefined) throw new InvalidValueError('must have src=FILE or env=VARIABLE', hint)
    return [name, source]
  },
}

function isSource(key: string): key is keyof typeof sources {
  return Object.hasOwn(sources, key)
}
