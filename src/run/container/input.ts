import type { Attachment } from '../../engine/streams/attach.ts'
import { HoldfastError } from '../failure.ts'
import type { Run } from '../run-state.ts'

/**
 * Sends the run's stdin to the container. A container that doesn't read, or has ended, is no failure; a source that fails
 * ends the run, for the container would take half of its input for all of it.
 */
export function feed({ options: { stdin }, life }: Run, attachment: Attachment): { stop(): void } {
  if (stdin === undefined) return { stop() {} }
  const chunks = typeof stdin === 'string' || stdin instanceof Uint8Array ? [Buffer.from(stdin)] : stdin
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  let wanted = true
  const next = async () => {
    try {
      return await iterator.next()
    } catch (cause) {
      const failure = new HoldfastError('cancelled', "the source of the container's stdin failed", { cause })
      if (wanted) life.end(failure)
      throw failure
    }
  }
  const pump = async () => {
    for (let piece = await next(); !piece.done; piece = await next()) await attachment.write(piece.value)
    attachment.closeInput()
  }
  pump().catch(() => undefined)
  const stop = () => {
    wanted = false
    Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
  return { stop }
}
