import { isStatus } from '../../engine/error.ts'
import { packArchive } from '../../engine/streams/pack.ts'
import type { ContainerInspect, Mount } from '../../engine/wire.ts'
import { StartRefused } from '../execution.ts'
import { HoldfastError, toFailure } from '../failure.ts'
import { labels } from '../labels.ts'
import { pauseFor, within } from '../retry.ts'
import type { RunContext } from '../run-context.ts'
import type { SecretFiles } from '../secret-files.ts'
import { secretsDirectory } from './secrets-mount.ts'

/*
 * Secrets are files of a volume that is a tmpfs: the Engine keeps them in memory, and no request but the upload names them.
 * The Engine mounts such a volume for the time of a request or of a running container, and its content is gone with the last
 * mount. So the upload goes to a second container, which is never started, and its last bytes are held back until the job's
 * container runs.
 */

/** Bytes that a tar archive ends with. */
const trailer = 1024
/** Milliseconds that the Engine may take to unpack the secrets. */
const patience = 30_000
const pollInterval = 10
/** Milliseconds that the removal of the second container may take. */
const removeLimit = 10_000

/** Starts a created container with its secrets in place. A container that started without them is not left running. */
export async function startWithSecrets(
  context: RunContext,
  id: string,
  files: SecretFiles,
  start: () => Promise<void>,
): Promise<void> {
  let startFailure: unknown
  try {
    await using holder = await Holder.create(context, id)
    await using upload = await Upload.begin(context, holder.id, files)
    await upload.whileOpen(ending => untilUnpacked(context, id, files, ending))
    await start().catch(error => {
      startFailure = error
      throw error
    })
    await upload.finish()
  } catch (error) {
    context.signal.throwIfAborted()
    if (error === startFailure) throw error
    throw new StartRefused(null, failureOf(error))
  }
}

function failureOf(error: unknown): HoldfastError {
  const { message, engineMessage, hint } = toFailure(error)
  return new HoldfastError('start-failed', `the secrets could not be put into the container: ${message}`, {
    engineMessage,
    hint,
    cause: error,
  })
}

/** A container that is never started and has the volume of the secrets. */
class Holder implements AsyncDisposable {
  readonly id: string
  readonly #context: RunContext

  private constructor(context: RunContext, id: string) {
    this.#context = context
    this.id = id
  }

  static async create(context: RunContext, container: string): Promise<Holder> {
    const { engine, options, signal, overdue, grace } = context
    const inspect = () => engine.containers.inspect(container, { signal })
    const { Image, Mounts } = await grace.untilAnswered(inspect, { signal })
    const name = volumeName(Mounts)
    await checkInMemory(context, name)
    const volume: Mount = { Type: 'volume', Source: name, Target: secretsDirectory }
    const body = {
      Image,
      // Not run; an image without a command needs one.
      Entrypoint: ['none'],
      // Without the job's key, so that it is not taken for the job's container. A sweep finds it when this process dies.
      Labels: {
        [labels.run]: `${context.id}.secrets`,
        [labels.owner]: context.labels[labels.owner] ?? '',
        [labels.remove]: 'always',
      },
      HostConfig: { NetworkMode: 'none', Mounts: [volume] },
    }
    const { Id } = await engine.containers.create(body, { platform: options.platform, signal: overdue })
    return new Holder(context, Id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { engine, emit } = this.#context
    await within(removeLimit, signal => engine.containers.remove(this.id, { force: true, signal })).catch(
      error => {
        const message = `the container ${this.id.slice(0, 12)}, which carried the secrets, could not be removed: ${error.message}`
        emit({ type: 'warning', message })
      },
    )
  }
}

function volumeName(mounts: ContainerInspect['Mounts']): string {
  const name = mounts.find(({ Destination }) => Destination === secretsDirectory)?.Name
  if (name !== undefined) return name
  throw new HoldfastError('start-failed', `the container has no volume at ${secretsDirectory}`)
}

/** Refuses a volume on the Engine's disk. Podman ignores the options of a volume without a name. */
async function checkInMemory({ engine, signal, grace }: RunContext, name: string): Promise<void> {
  const { Options } = await grace.untilAnswered(() => engine.volumes.inspect(name, { signal }), { signal })
  if (Options?.type === 'tmpfs') return
  throw new HoldfastError('start-failed', 'the Engine would keep them on its disk', {
    hint: 'Only Docker keeps such a volume in memory. Pass the secrets in another way, as by the option copyIn or stdin.',
  })
}

/** The upload of the secrets, whose last bytes are held back. */
class Upload implements AsyncDisposable {
  readonly #ending = new AbortController()
  readonly #rest = Promise.withResolvers<void>()
  readonly #done: Promise<void>

  private constructor({ engine, signal }: RunContext, holder: string, archive: Buffer) {
    const both = AbortSignal.any([signal, this.#ending.signal])
    this.#done = engine.containers.putArchive(holder, secretsDirectory, this.#bytes(archive), {
      signal: both,
    })
    this.#done.catch(() => undefined)
  }

  static async begin(context: RunContext, holder: string, files: SecretFiles): Promise<Upload> {
    const entries = [...files].map(([name, content]) => ({ name, content, mode: 0o444 }))
    const pieces: Uint8Array[] = []
    for await (const piece of packArchive(entries)) pieces.push(piece)
    return new Upload(context, holder, Buffer.concat(pieces))
  }

  async *#bytes(archive: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
    yield archive.subarray(0, -trailer)
    await this.#rest.promise
    yield archive.subarray(-trailer)
  }

  /** The result of `work`, whose signal aborts when the upload ends before. */
  async whileOpen<T>(work: (ending: AbortSignal) => Promise<T>): Promise<T> {
    const ending = new AbortController()
    this.#done.then(
      () => ending.abort(new Error('the Engine ended the upload early')),
      error => ending.abort(error),
    )
    return work(ending.signal)
  }

  /** Ends the upload. That the Engine accepts it shows that the volume was mounted all the time. */
  async finish(): Promise<void> {
    this.#rest.resolve()
    await this.#done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rest.resolve()
    this.#ending.abort(over)
    await this.#done.catch(() => undefined)
  }
}

const over = new Error('the upload of the secrets is over')

/** Resolves when the job's container would see the last of the files whole. */
async function untilUnpacked(
  { engine, signal }: RunContext,
  id: string,
  files: SecretFiles,
  ending: AbortSignal,
): Promise<void> {
  const [name = '', content] = [...files].at(-1) ?? []
  await within(patience, async late => {
    const either = AbortSignal.any([signal, ending, late])
    for (;;) {
      const stat = await engine.containers
        .statPath(id, `${secretsDirectory}/${name}`, { signal: either })
        .catch(error => {
          if (!isStatus(error, 404)) throw error
          return undefined
        })
      if (stat?.size === content?.length) return
      await pauseFor(pollInterval, either)
    }
  })
}
