import { access } from 'node:fs/promises'
import { RecordingError } from './file/recording.ts'
import { makeFolder } from './file/save.ts'
import { isCi, type Mode, modeFrom } from './mode.ts'
import { notice } from './play/notice.ts'
import { type ReplayOptions, replay } from './play/replay.ts'
import { type RecordOptions, record } from './record/record.ts'
import { checkReachable } from './record/tap.ts'

/** How a test uses a recording. */
export interface CassetteOptions extends Omit<RecordOptions, 'engine'>, ReplayOptions {
  /**
   * `once` records where there is no file, and replays it otherwise; `replay` never records; `record` always does.
   * `HOLDFAST_RECORD` overrides it, with `all` for `record` and `none` for `replay`. Where `CI` is set, nothing is ever
   * recorded. Default `once`.
   */
  mode?: Mode
  /**
   * The Engine to record, as for `record()`: `unix:///run/docker.sock`, `tcp://host:2375`, or `() => engine.dial()`. Default:
   * `DOCKER_HOST`, else docker's own socket.
   */
  engine?: RecordOptions['engine']
}

/** A recording that a test plays, or is just making. */
export interface Cassette extends AsyncDisposable {
  /** Where clients connect, as `DOCKER_HOST` wants it. */
  readonly host: string
  /** What it does. */
  readonly mode: 'replay' | 'record'
  /**
   * Ends the test's part: of a replay it checks that all was as it had been recorded, a recording it writes to its file.
   * A recording is only kept by it, so that a test that failed before leaves the file as it was.
   *
   * @throws {ReplayError} when the replay was not as recorded, unless `loose`.
   */
  verify(): Promise<void>
  /** Closes all connections. A replay that was not verified is. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Plays a recording to a test, or makes it.
 *
 * @param file the recording; it is normalized unless `normalize` is false.
 * @throws {RecordingError} when the file is missing and must not be recorded, or can't be read; when it is to be recorded
 * and the Engine can't be reached.
 *
 * @example
 * ```ts
 * import { cassette } from 'holdfast/replay'
 *
 * await using engine = await cassette('test/fixtures/batch.ndjson')
 * await run({ engine: engine.host, image: 'batch:1.4' })
 * await engine.verify()
 * ```
 */
export async function cassette(file: string, options: CassetteOptions = {}): Promise<Cassette> {
  const {
    mode = 'once',
    engine = process.env.DOCKER_HOST || 'unix:///var/run/docker.sock',
    ...rest
  } = options
  const chosen = modeFrom(mode, process.env)
  const exists = await access(file).then(
    () => true,
    () => false,
  )
  if (chosen === 'record' || (chosen === 'once' && !exists)) return recorded(file, engine, rest)
  if (!exists) throw new RecordingError(missing(file))
  return replayed(file, rest)
}

async function recorded(
  file: string,
  engine: RecordOptions['engine'],
  options: Omit<RecordOptions, 'engine'> & ReplayOptions,
): Promise<Cassette> {
  await checkReachable(engine)
  await makeFolder(file)
  const recorder = await record({ normalize: true, ...options, engine })
  let verified: Promise<void> | undefined
  return {
    host: recorder.host,
    mode: 'record',
    verify: () => {
      verified ??= recorder.save(file)
      return verified
    },
    [Symbol.asyncDispose]: async () => {
      const tell = options.notice ?? notice
      if (verified === undefined) tell(`${file} was not written: the test did not come to verify()`)
      await recorder[Symbol.asyncDispose]()
    },
  }
}

async function replayed(file: string, options: ReplayOptions): Promise<Cassette> {
  const player = await replay(file, options)
  let verified: Promise<void> | undefined
  const verify = () => {
    verified ??= player.verify()
    return verified
  }
  return {
    host: player.host,
    mode: 'replay',
    verify,
    [Symbol.asyncDispose]: async () => {
      // Reported by verify() already: a second report would hide the test's own error.
      const before = verified
      await player.close()
      if (before === undefined) await player.verify()
    },
  }
}

function missing(file: string): string {
  const here = isCi(process.env.CI) ? ' Nothing is recorded here, as CI is set.' : ''
  return `${file} is missing.${here} Record it where an Engine is: HOLDFAST_RECORD=once and the command of the test, or holdfast record --out ${file} -- COMMAND`
}
