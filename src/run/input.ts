import type { Input } from './execution.ts'
import { HoldfastError } from './failure.ts'
import type { Run } from './run-state.ts'

/**
 * Sends the run's stdin to the container. A container that doesn't read, or has ended, is no failure. A source that fails
 * ends the run: the container would take half of its input for all of it.
 */
export function feed({ options: { stdin }, end }: Run, input: Input): { stop(): void } {
  if (stdin === undefined) return { stop() {} }
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
  }
  pump().catch(() => undefined)
  const stop = () => {
    wanted = false
    Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
  return { stop }
}
