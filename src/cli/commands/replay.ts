import { once } from 'node:events'
import { RecordingError } from '../../replay/recording.ts'
import { type Replay, replay } from '../../replay/replay.ts'
import type { Invocation } from '../invocation.ts'
import { quote } from '../quote.ts'
import { say } from '../terminal/print.ts'
import { UsageError } from '../usage.ts'
import { runChild } from './child.ts'

/** `holdfast replay`: a recording answers for the Engine, until the command has ended or a signal comes. */
export async function replayCommand(invocation: Invocation & { command: 'replay' }): Promise<number> {
  const { file, argv, socket, timing, cut } = invocation
  const player = await replay(file, { timing, cut, ...(socket !== undefined && { socket }) }).catch(error => {
    throw asUsage(error, invocation)
  })
  try {
    const status = argv.length === 0 ? await untilSignal(player) : await runChild(argv, player.host)
    for (const request of player.unexpected) say(`not in the recording: ${request}`)
    for (const request of player.missing) say(`recorded, and not asked for: ${request}`)
    return status === 0 && player.unexpected.length > 0 ? 1 : status
  } finally {
    await player.close()
  }
}

async function untilSignal({ host }: Replay): Promise<number> {
  say(`DOCKER_HOST=${host} until Ctrl-C`)
  const ended = new AbortController()
  const { signal } = ended
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map(name => once(process, name, { signal })))
  ended.abort()
  return 0
}

function asUsage(
  error: NodeJS.ErrnoException,
  { file, socket }: Invocation & { command: 'replay' },
): unknown {
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
