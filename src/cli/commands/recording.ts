import { once } from 'node:events'
import { constants, type Stats } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { RecordingError } from '../../replay/file/recording.ts'
import { type Replay, type ReplayOptions, replay } from '../../replay/play/replay.ts'
import { record } from '../../replay/record/record.ts'
import type { Hiding } from '../../replay/secrets/secrets.ts'
import { suspectsIn } from '../../replay/secrets/suspects.ts'
import { checkReachable, dialed } from '../../run/flight-recorder.ts'
import { connect } from '../connect.ts'
import type { EngineFlags } from '../flags/engine.ts'
import { quote } from '../quote.ts'
import { FileError } from '../terminal/file-error.ts'
import { say } from '../terminal/print.ts'
import { UsageError } from '../usage.ts'
import { runChild } from './child.ts'

/** How a command is recorded. */
export interface RecordingManner extends Hiding {
  engine: EngineFlags['engine']
  normalize: boolean
  replace?: Record<string, string>
  /** Keep the recording of a command that failed. */
  anyStatus?: boolean
  /** Pass a login to a registry on. */
  allowAuth?: boolean
}

/** Runs a command against an Engine, and writes what they said to a file: all of it, or nothing. */
export async function recordCommand(
  file: string,
  argv: readonly string[],
  { engine: where, anyStatus = false, ...manner }: RecordingManner,
): Promise<number> {
  await checkFile('--out', file)
  await using engine = await connect(where, message => say(`warning: ${message}`))
  const dial = await dialed(engine)
  await checkReachable(engine)
  await using recorder = await record({ ...manner, engine: dial }).catch(error => {
    throw socketError(error)
  })
  const status = await runChild(argv, recorder.host)
  const { exchanges } = await recorder.finish()
  for (const warning of recorder.warnings) say(warning)
  if (exchanges.length === 0) say(`no request was made to ${await engine.address()}: ${file} is as it was`)
  else if (status !== 0 && !anyStatus) {
    say(`the command failed with status ${status}: ${file} is as it was (--any-status keeps its recording)`)
  } else {
    await recorder.save(file).catch(error => {
      throw new FileError('--out', file, error)
    })
    say(`${exchanges.length} requests recorded in ${file}`)
  }
  return status
}

/** Refuses a file that can't be written, before the command runs. */
export async function checkFile(flag: string, file: string): Promise<void> {
  const there = await stat(file).catch((): Stats | undefined => undefined)
  if (there?.isDirectory()) throw new FileError(flag, file, Object.assign(new Error(), { code: 'EISDIR' }))
  await access(there === undefined ? dirname(file) : file, constants.W_OK).catch(error => {
    throw new FileError(flag, file, error)
  })
}

/** Plays a recording to a command, or until a signal. */
export async function replayCommand(
  file: string,
  argv: readonly string[],
  options: ReplayOptions,
): Promise<number> {
  const notice = (line: string) => say(`${file}: ${line}`)
  const player = await replay(file, { ...options, notice }).catch(error => {
    throw replayError(error, file, options.socket)
  })
  try {
    const status = await (argv.length === 0 ? untilSignal(player) : runChild(argv, player.host))
    const { problems, unexpected } = player
    for (const problem of problems) say(problem)
    const failed = options.loose ? unexpected.length > 0 : problems.length > 0
    return status === 0 && failed ? 1 : status
  } finally {
    await player.close()
  }
}

/** Says where a recording has what looks like a secret: 1 if anywhere. */
export async function checkRecording(file: string): Promise<number> {
  const { readFile } = await import('node:fs/promises')
  const text = await readFile(file, 'utf8').catch(error => {
    throw replayError(error, file, undefined)
  })
  const suspects = suspectsIn(text)
  for (const { line, what } of suspects) say(`${file}:${line}: this looks like ${what}`)
  return suspects.length === 0 ? 0 : 1
}

async function untilSignal({ host }: Replay): Promise<number> {
  const ended = new AbortController()
  const { signal } = ended
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'].map(name => once(process, name, { signal }))
  // A signal that comes as soon as this is read must find its listener.
  say(`DOCKER_HOST=${host} until Ctrl-C`)
  await Promise.race(signals)
  ended.abort()
  return 0
}

function replayError(error: NodeJS.ErrnoException, file: string, socket: string | undefined): unknown {
  if (error instanceof RecordingError) {
    return new UsageError(`${quote(file)}: ${error.message}`, 'holdfast record makes recordings.', {
      cause: error,
    })
  }
  if (error.code === undefined) return error
  if (error.syscall === 'listen' && socket !== undefined) return listenError(error, socket)
  if (error.syscall === 'listen' || error.syscall === 'mkdtemp') return socketError(error)
  return new UsageError(
    `${quote(file)} can't be played (${error.code})`,
    'Name a recording that can be read.',
    {
      cause: error,
    },
  )
}

function listenError(error: NodeJS.ErrnoException, socket: string): UsageError {
  const where = `--socket ${quote(socket)}`
  const taken = error.code === 'EADDRINUSE'
  return new UsageError(
    taken ? `${where} exists already (EADDRINUSE)` : `${where} can't be listened on (${error.code})`,
    taken ? 'Name another, or remove it if nothing listens there.' : 'Name a path in a folder that exists.',
    { cause: error },
  )
}

/** A temporary folder that can't be written, or has too long a path for a socket. */
function socketError(error: NodeJS.ErrnoException): unknown {
  if (error.syscall !== 'listen' && error.syscall !== 'mkdtemp') return error
  return new UsageError(
    `no socket can be made in ${quote(tmpdir())} (${error.code})`,
    'Set TMPDIR to a folder that can be written and has a short path.',
    { cause: error },
  )
}
