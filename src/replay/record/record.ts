import type { Duplex } from 'node:stream'
import { type ExchangeRecording, formatRecording } from '../file/recording.ts'
import { replaceFile } from '../file/save.ts'
import { type Hiding, Secrets } from '../secrets/secrets.ts'
import { compose, type Rewriting } from './compose.ts'
import { Conversation } from './conversation.ts'
import { tap } from './tap.ts'

/** What to record, and what to leave out. */
export interface RecordOptions extends Rewriting, Hiding {
  /**
   * The Engine: `unix:///run/docker.sock`, `tcp://host:2375`, or a function that opens a connection to it, of which either
   * half can be closed alone, as `() => engine.dial()` for one behind TLS or ssh.
   */
  engine: string | (() => Promise<Duplex>)
  /** Bytes of raw streams, as an attached output, that are kept: what comes after them is left out. Default: all. */
  keepRaw?: number
  /**
   * Pass `POST /auth` on, by which `docker login` sends a password to the Engine. Default false: the client gets 403, and the
   * Engine nothing.
   */
  allowAuth?: boolean
}

/** A recording under way. */
export interface Recorder extends AsyncDisposable {
  /** Where clients connect, as `DOCKER_HOST` wants it. */
  readonly host: string
  /** Ends the recording and all connections, and gives what was said. */
  finish(): Promise<ExchangeRecording>
  /** What the recording's maker should know, once it has been finished. */
  readonly warnings: readonly string[]
  /** Ends the recording and writes it to a file, which is replaced as a whole. `mode` is that of the file. Default 0o666, less the umask. */
  save(file: string, options?: { mode?: number }): Promise<void>
}

/**
 * Puts a unix socket before an Engine and writes down what clients say over it, and what the Engine answers. Nothing is
 * written before the end: a secret is taken out everywhere, also where it was said before it was known to be one.
 *
 * @example
 * ```ts
 * import { record } from 'holdfast/replay'
 *
 * await using recorder = await record({ engine: 'unix:///var/run/docker.sock', normalize: true })
 * await run({ engine: recorder.host, image: 'batch:1.4' })
 * await recorder.save('batch.ndjson')
 * ```
 */
export async function record(options: RecordOptions): Promise<Recorder> {
  const { keepRaw: raw, allowAuth = false } = options
  const conversation = new Conversation({ allowAuth, ...(raw !== undefined && { raw }) })
  const { host, close } = await tap(options.engine, conversation)
  const secrets = new Secrets(options)
  let finished: Promise<ExchangeRecording> | undefined
  const finish = () => {
    finished ??= close().then(() => compose(conversation.events(), secrets, options))
    return finished
  }
  return {
    host,
    warnings: secrets.warnings,
    finish,
    save: async (file, options) => replaceFile(file, formatRecording(await finish()), options),
    [Symbol.asyncDispose]: close,
  }
}
