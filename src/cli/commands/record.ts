import { type Mode, modeFrom, modes } from '../../replay/mode.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import type { Command } from '../command.ts'
import { type EngineFlags, engineFlags } from '../flags/engine.ts'
import { add, entry, type Flag, itself, set } from '../flags/flag.ts'
import { lookup, type ProcessContext } from '../process-context.ts'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { replacement } from '../values/key-value.ts'
import type { Kind } from '../values/kind.ts'
import { boolean, choice, path, text } from '../values/scalar.ts'

/** What the flags that say how a recording is made say. */
export interface RecordingFlags extends EngineFlags {
  mode?: Mode
  normalize?: boolean
  replace?: Record<string, string>
  /** Names of our variables whose values are secrets. */
  redact?: string[]
  redactPattern?: RegExp[]
  redactLabel?: string[]
  keepEnv?: string[]
  anyStatus?: boolean
  allowAuth?: boolean
}

const pattern: Kind<RegExp> = {
  meta: 'REGEXP',
  parse(source) {
    try {
      return new RegExp(source)
    } catch {
      throw new InvalidValueError('must be a regular expression of JavaScript')
    }
  },
}

/** The value of a bare `--keep-env`. */
const all = '*'

export const modeFlag: Flag<RecordingFlags> = {
  name: 'mode',
  about:
    'Record where FILE is missing, never, or always. HOLDFAST_RECORD overrides it; never where CI is set',
  ...set(itself<RecordingFlags>, 'mode', choice(modes)),
}

export const recordingFlags: readonly Flag<RecordingFlags>[] = [
  {
    name: 'normalize',
    about: 'Number ids, set dates alike, leave times out: two recordings of one conversation are one file',
    ...set(itself<RecordingFlags>, 'normalize', boolean),
  },
  {
    name: 'replace',
    about: 'Write OTHER in place of TEXT, as of the name of a host',
    ...entry(itself<RecordingFlags>, 'replace', replacement),
  },
  {
    name: 'redact',
    about: 'Remove the value that the variable NAME has here, wherever it occurs',
    ...add(itself<RecordingFlags>, 'redact', text('NAME')),
  },
  {
    name: 'redact-pattern',
    about: 'Remove what matches, or its last group',
    ...add(itself<RecordingFlags>, 'redactPattern', pattern),
  },
  {
    name: 'redact-label',
    about: 'Remove the value of the label NAME',
    ...add(itself<RecordingFlags>, 'redactLabel', text('NAME')),
  },
  {
    name: 'keep-env',
    about: "Keep the value of a container's variable NAME; bare: of all whose names don't look secret",
    ...add(itself<RecordingFlags>, 'keepEnv', { ...text('NAME'), bare: all }),
  },
  {
    name: 'any-status',
    about: 'Keep the recording of a command that fails',
    ...set(itself<RecordingFlags>, 'anyStatus', boolean),
  },
  {
    name: 'allow-auth',
    about: 'Pass POST /auth on, by which docker login sends a password. Otherwise it is refused',
    ...set(itself<RecordingFlags>, 'allowAuth', boolean),
  },
  ...engineFlags.filter(({ name }) => name !== 'audit'),
]

interface RecordFlags extends RecordingFlags {
  out?: string
  check?: string
}

export const record: Command<RecordFlags> = {
  name: 'record',
  operands: '--out FILE [OPTIONS] -- COMMAND [ARG...]',
  about: 'Record what a command and the Engine say to each other',
  flags: [
    {
      name: 'out',
      short: 'o',
      about: 'Where the recording goes. It is replaced when the command succeeds',
      ...set(itself<RecordFlags>, 'out', path('FILE')),
    },
    {
      name: 'check',
      about: 'Look for what looks like a secret in a recording, and do nothing else',
      ...set(itself<RecordFlags>, 'check', path('FILE')),
    },
    modeFlag,
    ...recordingFlags,
  ],
  stops: true,
  exits: [
    ['0-255', "the command's own"],
    ['1', 'with --check: something looks like a secret; in a replay: it was not as recorded'],
    ['125', 'holdfast or the Engine failed'],
    ['126', "the command can't be run"],
    ['127', 'the command is not found'],
  ],
  examples: [
    'holdfast record --out pull.ndjson -- docker pull alpine:3.22',
    'holdfast record --out run.ndjson --normalize -- npm run integration',
    'holdfast record --check run.ndjson',
  ],
  target: () => ({ engine: {} }),
  async run(flags, operands, context) {
    const { checkRecording, recordCommand, replayCommand } = await import('./recording.ts')
    if (flags.check !== undefined) return checkRecording(flags.check)
    const { out, mode = 'record' } = flags
    if (out === undefined) throw new UsageError('holdfast record needs --out FILE', 'Name the file to write.')
    if (operands.length === 0) {
      throw new UsageError('holdfast record needs a COMMAND', `Write holdfast record ${record.operands}.`)
    }
    if (await records(mode, out, context)) return recordCommand(out, operands, manner(flags, context))
    return replayCommand(out, operands, {})
  },
}

/** True where a command is to be recorded, false where its recording is to be played. */
export async function records(mode: Mode, file: string, { env }: ProcessContext): Promise<boolean> {
  const chosen = modeFrom(mode, env)
  if (chosen !== 'once') return chosen === 'record'
  const { access } = await import('node:fs/promises')
  return access(file).then(
    () => false,
    () => true,
  )
}

export function manner(flags: RecordingFlags, context: ProcessContext) {
  const {
    engine,
    normalize = false,
    replace,
    anyStatus,
    allowAuth,
    redact = [],
    redactPattern,
    redactLabel,
    keepEnv,
  } = flags
  return {
    engine,
    normalize,
    secrets: redact.map(name => secretOf(name, context)),
    ...(replace !== undefined && { replace }),
    ...(redactPattern !== undefined && { redact: redactPattern }),
    ...(redactLabel !== undefined && { redactLabels: redactLabel }),
    ...(keepEnv !== undefined && { keepEnv: keepEnv.includes(all) || keepEnv }),
    ...(anyStatus !== undefined && { anyStatus }),
    ...(allowAuth !== undefined && { allowAuth }),
  }
}

function secretOf(name: string, { env }: ProcessContext): string {
  const value = lookup(env, name)
  if (value) return value
  throw new UsageError(`--redact ${quote(name)} is not set`, 'Set the variable to the secret to remove.')
}
