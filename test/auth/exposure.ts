import { inspect } from 'node:util'

/** Everything that can be seen of a value by printing, inspecting or serialising it. */
export function exposure(value: unknown): string {
  const own = value instanceof Error ? [value.message, value.stack, exposureOfCause(value)] : []
  return [
    String(value),
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    JSON.stringify(value),
    ...own,
  ].join('\n')
}

function exposureOfCause(error: Error): string {
  return error.cause === undefined ? '' : exposure(error.cause)
}
