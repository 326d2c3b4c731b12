import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { parseBoolean } from '../values/boolean.ts'
import { dockerNothing } from './docker.ts'
import { type EngineDraft, engineFlags, file, helpFlag } from './engine.ts'
import { recordExits } from './exits.ts'
import type { Command, Flag } from './flag.ts'

/** `holdfast record` while its flags are read. */
export interface RecordDraft extends EngineDraft {
  out?: string
  normalize: boolean
  readonly replace: Map<string, string>
  readonly redact: string[]
}

export function newRecordDraft(): RecordDraft {
  return { engine: {}, normalize: false, replace: new Map(), redact: [] }
}

const flags: readonly Flag<RecordDraft>[] = [
  {
    name: 'out',
    short: 'o',
    value: 'FILE',
    about: 'Where the recording goes',
    set(draft, value) {
      draft.out = file(value)
    },
  },
  {
    name: 'normalize',
    bare: 'true',
    about: 'Number ids, and set dates alike, so that recordings compare well',
    set(draft, { text, where }) {
      draft.normalize = parseBoolean(text, where)
    },
  },
  {
    name: 'replace',
    value: 'TEXT=OTHER',
    about: 'Write OTHER in place of TEXT, as of the name of a host',
    set({ replace }, { text, where }) {
      const [from, to] = cut(text, '=')
      if (from === '' || to === undefined) {
        throw new UsageError(`${where} can't be ${quote(text)}`, `Write ${where} TEXT=OTHER.`)
      }
      replace.set(from, to)
    },
  },
  {
    name: 'redact',
    value: 'NAME',
    about: 'Take out the value that the variable NAME has here, wherever it is said',
    set({ redact }, { text }) {
      redact.push(text)
    },
  },
]

/** `holdfast record`. */
export const recordCommand: Command<RecordDraft> = {
  name: 'record',
  operands: '--out FILE [OPTIONS] -- COMMAND [ARG...]',
  about: 'Write down what a command and the Engine say to each other',
  flags: [...flags, ...engineFlags.filter(({ name }) => name !== 'audit'), helpFlag],
  stops: true,
  lacks: dockerNothing,
  exits: recordExits,
  examples: [
    'holdfast record --out pull.ndjson -- docker pull alpine:3.22',
    'holdfast record --out run.ndjson --normalize -- npm run integration',
  ],
}
