import type { Input } from './execution.ts'
import { HoldfastError } from './failure.ts'
import type { RunOptions } from './options.ts'
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
  let isPending = true
  let iterator: AsyncIterator<Uint8Array> | undefined
  const fail = (message: string, cause?: unknown): never => {
    const failure = new HoldfastError('cancelled', message, { cause })
    if (isPending) end(failure)
    throw failure
  }
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      iterator ??= iterableOf(stdin)[Symbol.asyncIterator]()
      return await iterator.next()
    } catch (cause) {
      return fail("the source of the container's stdin failed", cause)
    }
  }
  const pump = async () => {
    for (let piece = await next(); !piece.done; piece = await next()) {
      const { value } = piece
      if (!(value instanceof Uint8Array))
        fail(
          `the source of the container's stdin gave a value of type ${typeof value}, not bytes (Uint8Array)`,
        )
      await input.write(value)
    }
    input.end()
    isPending = false
  }
  pump().catch(() => undefined)
  const closeSource = async () => iterator?.return?.()
  const stop = () => {
    isPending = false
    closeSource().catch(() => undefined)
  }
  const lost = () => {
    if (!isPending) return
    end(inputLost())
    stop()
  }
  return {
    get isPending() {
      return isPending
    },
    lost,
    stop,
  }
}

function iterableOf(stdin: NonNullable<RunOptions['stdin']>): AsyncIterable<Uint8Array> {
  return typeof stdin === 'string' || stdin instanceof Uint8Array ? once(Buffer.from(stdin)) : stdin
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}

/** The failure of a run whose stdin was cut by a lost connection. */
export function inputLost(): HoldfastError {
  const message =
    "the container's stdin could not be delivered in full: the connection to the Engine was lost"
  return new HoldfastError('lost', message)
}
