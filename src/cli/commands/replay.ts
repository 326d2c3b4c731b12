import { type Cut, isCut, type ReplayTiming, replayTimings } from '../../replay/play/pace.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import type { Command } from '../command.ts'
import { add, grouped, itself, set } from '../flags/flag.ts'
import { UsageError } from '../usage.ts'
import type { Kind } from '../values/kind.ts'
import { boolean, choice, path, text } from '../values/scalar.ts'
import { manner, modeFlag, type RecordingFlags, recordingFlags, records } from './record.ts'

/** What the flags of `holdfast replay` say. */
interface ReplayFlags extends RecordingFlags {
  socket?: string
  timing?: ReplayTiming
  cut?: Cut
  loose?: boolean
  ignore?: string[]
}

const cut: Kind<Cut> = {
  meta: 'whole|1|random:SEED',
  parse(text) {
    if (isCut(text)) return text
    throw new InvalidValueError('must be whole, 1, or random: and a number')
  },
}

export const replay: Command<ReplayFlags> = {
  name: 'replay',
  operands: 'FILE [OPTIONS] [-- COMMAND [ARG...]]',
  about: "Play the Engine's side of a recording to a command, or on a socket",
  flags: [
    {
      name: 'socket',
      about: 'Where to listen. Default: a new temporary socket',
      ...set(itself<ReplayFlags>, 'socket', path('PATH')),
    },
    {
      name: 'timing',
      about: 'As fast as the client takes it, or with the recorded pauses. Default: fast',
      ...set(itself<ReplayFlags>, 'timing', choice(replayTimings)),
    },
    {
      name: 'cut',
      about: 'Send bytes as they are, one at a time, or in pieces of 1 to 64',
      ...set(itself<ReplayFlags>, 'cut', cut),
    },
    {
      name: 'ignore',
      about: 'A field of requests that may differ: Labels.build, Env.CI_JOB, query.name',
      ...add(itself<ReplayFlags>, 'ignore', text('FIELD')),
    },
    {
      name: 'loose',
      about: 'Compare no bodies, and fail only for requests that were not recorded',
      ...set(itself<ReplayFlags>, 'loose', boolean),
    },
    modeFlag,
    ...grouped('Where it records', recordingFlags),
  ],
  exits: [
    ['0-255', "the command's own; 0 without one"],
    ['1', 'the replay was not as it was recorded'],
    ['125', 'holdfast failed'],
    ['126', "the command can't be run"],
    ['127', 'the command is not found'],
  ],
  examples: [
    'holdfast replay pull.ndjson -- docker pull alpine:3.22',
    'holdfast replay run.ndjson --mode once --normalize -- npm run integration',
    'holdfast replay run.ndjson --socket /tmp/engine.sock --cut random:1',
  ],
  target: () => ({ engine: {} }),
  async run(flags, [file, ...argv], context) {
    if (file === undefined) {
      throw new UsageError('holdfast replay needs a FILE', `Write holdfast replay ${replay.operands}.`)
    }
    const { recordCommand, replayCommand } = await import('./recording.ts')
    const { mode = 'replay', socket, timing = 'fast', cut = 'whole', loose = false, ignore } = flags
    if (argv.length > 0 && (await records(mode, file, context))) {
      return recordCommand(file, argv, manner(flags, context))
    }
    const match = ignore !== undefined && { match: { ignore } }
    return replayCommand(file, argv, {
      timing,
      cut,
      loose,
      ...match,
      ...(socket !== undefined && { socket }),
    })
  },
}
