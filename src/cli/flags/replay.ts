import { type Cut, isCut, type ReplayTiming, replayTimings } from '../../replay/pace.ts'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { parseChoice } from '../values/choice.ts'
import { dockerNothing } from './docker.ts'
import { type EngineDraft, file, helpFlag } from './engine.ts'
import { replayExits } from './exits.ts'
import type { Command, Flag } from './flag.ts'

/** `holdfast replay` while its flags are read. */
export interface ReplayDraft extends EngineDraft {
  socket?: string
  timing: ReplayTiming
  cut: Cut
}

export function newReplayDraft(): ReplayDraft {
  return { engine: {}, timing: 'fast', cut: 'whole' }
}

const flags: readonly Flag<ReplayDraft>[] = [
  {
    name: 'socket',
    value: 'PATH',
    about: 'Where to listen. Default: a socket of its own',
    set(draft, value) {
      draft.socket = file(value)
    },
  },
  {
    name: 'timing',
    value: replayTimings.join('|'),
    about: 'As fast as the client takes it, or with the recorded pauses. Default: fast',
    set(draft, { text, where }) {
      draft.timing = parseChoice(replayTimings, text, where)
    },
  },
  {
    name: 'cut',
    value: 'whole|1|random:SEED',
    about: 'Send bytes as they are, one at a time, or in pieces of 1 to 64',
    set(draft, { text, where }) {
      if (!isCut(text)) {
        throw new UsageError(
          `${where} can't be ${quote(text)}`,
          'Write whole, 1, or random:SEED with a number.',
        )
      }
      draft.cut = text
    },
  },
]

/** `holdfast replay`. */
export const replayCommand: Command<ReplayDraft> = {
  name: 'replay',
  operands: 'FILE [OPTIONS] [-- COMMAND [ARG...]]',
  about: "Play the Engine's side of a recording to a command, or to whoever connects",
  flags: [...flags, helpFlag],
  stops: false,
  lacks: dockerNothing,
  exits: replayExits,
  examples: [
    'holdfast replay pull.ndjson -- docker pull alpine:3.22',
    'holdfast replay run.ndjson --socket /tmp/engine.sock --cut random:1',
  ],
}
