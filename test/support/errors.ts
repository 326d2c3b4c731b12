import { inspect } from 'node:util'
import { EngineError } from '../../src/engine/error.ts'

/** What `promise` rejects with; fails when it does not. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  const outcome = await Promise.resolve(promise).then(
    value => ({ value }),
    (reason: unknown) => ({ reason }),
  )
  if ('reason' in outcome) return outcome.reason
  throw new Error(`resolved, with ${inspect(outcome.value)}`)
}

/** The EngineError that `promise` rejects with. */
export async function engineError(promise: PromiseLike<unknown>): Promise<EngineError> {
  const reason = await rejection(promise)
  if (reason instanceof EngineError) return reason
  throw new Error(`not an EngineError: ${inspect(reason)}`, { cause: reason })
}

/** Everything that can be seen of a value by printing, inspecting or serialising it. */
export function exposure(value: unknown): string {
  const seen = [
    String(value),
    inspect(value, {
      depth: Number.POSITIVE_INFINITY,
      showHidden: true,
      getters: true,
      maxStringLength: null,
    }),
    JSON.stringify(value),
  ]
  if (value instanceof Error) seen.push(value.message, value.stack ?? '', exposure(value.cause ?? null))
  return seen.join('\n')
}

/** All of an iteration, and what it threw in the end. */
export async function collect<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error: unknown }> {
  const collected: T[] = []
  try {
    for await (const item of items) collected.push(item)
    return { items: collected, error: undefined }
  } catch (error) {
    return { items: collected, error }
  }
}

export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat((await collect(chunks)).items)
}
