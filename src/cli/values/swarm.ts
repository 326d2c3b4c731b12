import { InvalidValueError } from '../../run/invalid.ts'
import type { SwarmFile } from '../../run/options.ts'
import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { parseCsv } from './key-value.ts'
import { type Kind, ofPart } from './kind.ts'

/** `spread=node.labels.zone`, docker's only preference. */
export const placementPreference: Kind<string> = {
  meta: 'spread=LABEL',
  parse(text) {
    const [strategy, label = ''] = cut(text, '=')
    if (strategy === 'spread' && label !== '') return label
    throw new InvalidValueError('must be spread=LABEL, such as spread=node.labels.zone')
  },
}

/** What a key's value says of a file. */
const keys = new Map<string, (text: string) => Partial<SwarmFile>>([
  ['source', text => ({ source: text })],
  ['src', text => ({ source: text })],
  ['target', text => ({ target: text })],
  ['uid', text => ({ uid: text })],
  ['gid', text => ({ gid: text })],
  ['mode', text => ({ mode: fileMode(text) })],
])

/** `NAME`, or docker's long form `source=NAME,target=PATH,uid=0,gid=0,mode=0440`. */
export const swarmFile: Kind<SwarmFile> = {
  meta: 'NAME',
  parse(text) {
    if (!text.includes('=')) {
      if (text !== '') return { source: text }
      throw new InvalidValueError('must be a name')
    }
    let file: SwarmFile = { source: '' }
    for (const field of parseCsv(text)) {
      const [key, value = ''] = cut(field, '=')
      const read = keys.get(key.toLowerCase())
      if (read === undefined)
        throw new InvalidValueError(
          `has ${quote(field)}, which is not a key of it`,
          'The keys: source, target, uid, gid, mode.',
        )
      file = { ...file, ...ofPart(`${key} ${quote(value)}`, () => read(value)) }
    }
    if (file.source === '') throw new InvalidValueError('must have a name', 'Add source=NAME.')
    return file
  },
}

function fileMode(text: string): number {
  if (/^0*[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  throw new InvalidValueError('must be an octal file mode, such as 0440')
}
