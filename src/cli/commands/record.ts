import type { Command } from '../command.ts'
import { type EngineFlags, engineFlags } from '../flags/engine.ts'
import { add, entry, itself, set } from '../flags/flag.ts'
import { lookup, type ProcessContext } from '../process-context.ts'
import { quote } from '../quote.ts'
import { FileError } from '../terminal/file-error.ts'
import { say } from '../terminal/print.ts'
import { UsageError } from '../usage.ts'
import { replacement } from '../values/key-value.ts'
import { boolean, path, text } from '../values/scalar.ts'

/** What the flags of `holdfast record` say. */
interface RecordFlags extends EngineFlags {
  out?: string
  normalize?: boolean
  replace?: Record<string, string>
  /** Names of our variables whose values are secrets. */
  redact?: string[]
}

export const record: Command<RecordFlags> = {
  name: 'record',
  operands: '--out FILE [OPTIONS] -- COMMAND [ARG...]',
  about: 'Record what a command and the Engine say to each other',
  flags: [
    {
      name: 'out',
      short: 'o',
      about: 'Where the recording goes',
      ...set(itself<RecordFlags>, 'out', path('FILE')),
    },
    {
      name: 'normalize',
      about: 'Number ids, and set dates alike, so that recordings compare well',
      ...set(itself<RecordFlags>, 'normalize', boolean),
    },
    {
      name: 'replace',
      about: 'Write OTHER in place of TEXT, as of the name of a host',
      ...entry(itself<RecordFlags>, 'replace', replacement),
    },
    {
      name: 'redact',
      about: 'Remove the value that the variable NAME has here, wherever it occurs',
      ...add(itself<RecordFlags>, 'redact', text('NAME')),
    },
    ...engineFlags.filter(({ name }) => name !== 'audit'),
  ],
  stops: true,
  exits: [
    ['0-255', "the command's own"],
    ['125', 'holdfast or the Engine failed'],
    ['126', "the command can't be run"],
    ['127', 'the command is not found'],
  ],
  examples: [
    'holdfast record --out pull.ndjson -- docker pull alpine:3.22',
    'holdfast record --out run.ndjson --normalize -- npm run integration',
  ],
  target: () => ({ engine: {} }),
  async run(flags, operands, context) {
    const { out, normalize = false, replace = {}, redact = [] } = flags
    if (out === undefined) throw new UsageError('holdfast record needs --out FILE', 'Name the file to write.')
    if (operands.length === 0) {
      throw new UsageError('holdfast record needs a COMMAND', `Write holdfast record ${record.operands}.`)
    }
    const secrets = redact.map(name => secretOf(name, context))
    const { writeFile } = await import('node:fs/promises')
    await writeFile(out, '', { flag: 'a' }).catch((error: NodeJS.ErrnoException) => {
      throw new FileError('--out', out, error)
    })
    const { locate } = await import('../../engine/address/locate.ts')
    const address = await locate(flags.engine)
    if (address.kind === 'ssh' || (address.kind === 'tcp' && address.tls !== undefined)) {
      throw new UsageError(
        `${address.text} can't be recorded`,
        'Name an Engine on a unix socket, or on tcp without TLS.',
      )
    }
    const engine =
      address.kind === 'socket' ? `unix://${address.path}` : `tcp://${address.hostname}:${address.port}`
    const { record: startRecording } = await import('../../replay/record.ts')
    await using recorder = await startRecording({
      engine,
      normalize,
      replace,
      secrets,
    })
    const { runChild } = await import('./child.ts')
    const status = await runChild(operands, recorder.host)
    const { exchanges } = await recorder.finish()
    const asked = exchanges.length
    if (asked === 0) {
      say(`nothing was asked of ${address.text}: ${out} is as it was`)
      return status
    }
    await recorder.save(out).catch(error => {
      throw new FileError('--out', out, error)
    })
    say(`${asked} requests recorded in ${out}`)
    return status
  },
}

function secretOf(name: string, { env }: ProcessContext): string {
  const value = lookup(env, name)
  if (value) return value
  throw new UsageError(`--redact ${quote(name)} is not set`, 'Set the variable to the secret to remove.')
}
