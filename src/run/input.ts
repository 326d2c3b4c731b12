import type { Input } from './execution.ts'
import { HoldfastError } from './failure.ts'
import type { Run } from './run-state.ts'

/** The run's stdin on its way. */
export interface Feed {
  /** Not all of it has been sent. */
  readonly isPending: boolean
  /** The connection that carries it is lost. */
  lost(): void
  stop(): void
}

/**
 * Sends the run's stdin to the container. A container that doesn't read, or has ended, is not a failure. A source that fails,
 * or a connection that is lost, ends the run: the container would take half of its input for all of it.
 */
export function feed({ options: { stdin }, end }: Run, input: Input): Feed {
  if (stdin === undefined) return { isPending: false, lost() {}, stop() {} }
  const chunks = typeof stdin === 'string' || stdin instanceof Uint8Array ? [Buffer.from(stdin)] : stdin
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  let wanted = true
  const fail = (message: string, cause?: unknown) => {
    const failure = new HoldfastError('cancelled', message, { cause })
    if (wanted) end(failure)
    throw failure
  }
  const next = async () => {
    const piece = await Promise.resolve(iterator.next()).catch(cause =>
      fail("the source of the container's stdin failed", cause),
    )
    if (!piece.done && !(piece.value instanceof Uint8Array))
      fail(
        `the source of the container's stdin gave a value of type ${typeof piece.value}, not bytes (Uint8Array)`,
      )
    return piece
  }
  const pump = async () => {
    for (let piece = await next(); !piece.done; piece = await next()) await input.write(piece.value)
    input.end()
    wanted = false
  }
  pump().catch(() => undefined)
  const stop = () => {
    wanted = false
    Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
  const lost = () => {
    if (!wanted) return
    end(inputLost())
    stop()
  }
  return {
    get isPending() {
      return wanted
    },
    lost,
    stop,
  }
}

/** The failure of a run whose stdin was cut by a lost connection. */
export function inputLost(): HoldfastError {
  const message =
    "the container's stdin could not be delivered in full: the connection to the Engine was lost"
  return new HoldfastError('lost', message)
}
