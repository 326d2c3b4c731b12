import { once } from 'node:events'
import { type Cut, isCut, type ReplayTiming, replayTimings } from '../../replay/pace.ts'
import { RecordingError } from '../../replay/recording.ts'
import type { Replay } from '../../replay/replay.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import type { Command } from '../command.ts'
import { itself, set } from '../flags/flag.ts'
import { quote } from '../quote.ts'
import { say } from '../terminal/print.ts'
import { UsageError } from '../usage.ts'
import type { Kind } from '../values/kind.ts'
import { choice, path } from '../values/scalar.ts'

/** What the flags of `holdfast replay` say. */
interface ReplayFlags {
  socket?: string
  timing?: ReplayTiming
  cut?: Cut
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
  ],
  exits: [
    ['0-255', "the command's own; 0 without one"],
    ['1', 'a request was not in the recording'],
    ['125', 'holdfast failed'],
    ['126', "the command can't be run"],
    ['127', 'the command is not found'],
  ],
  examples: [
    'holdfast replay pull.ndjson -- docker pull alpine:3.22',
    'holdfast replay run.ndjson --socket /tmp/engine.sock --cut random:1',
  ],
  target: () => ({}),
  async run({ socket, timing = 'fast', cut = 'whole' }, [file, ...argv]) {
    if (file === undefined) {
      throw new UsageError('holdfast replay needs a FILE', `Write holdfast replay ${replay.operands}.`)
    }
    const { replay: play } = await import('../../replay/replay.ts')
    const player = await play(file, { timing, cut, ...(socket !== undefined && { socket }) }).catch(error => {
      throw asUsage(error, file, socket)
    })
    try {
      const status = await (argv.length === 0 ? untilSignal(player) : runCommand(argv, player.host))
      for (const request of player.unexpected) say(`not in the recording: ${request}`)
      for (const request of player.missing) say(`recorded, and not asked for: ${request}`)
      return status === 0 && player.unexpected.length > 0 ? 1 : status
    } finally {
      await player.close()
    }
  },
}

async function runCommand(argv: readonly string[], host: string): Promise<number> {
  const { runChild } = await import('./child.ts')
  return runChild(argv, host)
}

async function untilSignal({ host }: Replay): Promise<number> {
  say(`DOCKER_HOST=${host} until Ctrl-C`)
  const ended = new AbortController()
  const { signal } = ended
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map(name => once(process, name, { signal })))
  ended.abort()
  return 0
}

function asUsage(error: NodeJS.ErrnoException, file: string, socket: string | undefined): unknown {
  if (error instanceof RecordingError) {
    return new UsageError(`${quote(file)}: ${error.message}`, 'holdfast record makes recordings.', {
      cause: error,
    })
  }
  if (error.code === undefined) return error
  if (error.syscall !== 'listen') {
    return new UsageError(
      `${quote(file)} can't be played (${error.code})`,
      'Name a recording that can be read.',
      {
        cause: error,
      },
    )
  }
  const where = `--socket ${quote(socket ?? '')}`
  return error.code === 'EADDRINUSE'
    ? new UsageError(
        `${where} exists already (EADDRINUSE)`,
        'Name another, or remove it if nobody listens there.',
        {
          cause: error,
        },
      )
    : new UsageError(
        `${where} can't be listened on (${error.code})`,
        'Name a path in a folder that exists.',
        {
          cause: error,
        },
      )
}
