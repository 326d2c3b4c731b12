import type { ContainerSpec } from '../../engine/wire.ts'
import type { SwarmOptions } from '../options.ts'

/** Equal for two jobs that would create the same container, or the same service of a Swarm. `body` is without the labels that holdfast adds. */
export async function specHash(
  body: ContainerSpec,
  platform: string | undefined,
  swarm?: SwarmOptions,
): Promise<string> {
  // Not at the start of every run: it takes milliseconds to load.
  const { createHash } = await import('node:crypto')
  return createHash('sha256').update(canonicalJson({ body, platform, swarm })).digest('hex')
}

/** JSON with the keys of all objects in order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part) => (isObject(part) ? sorted(part) : part))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// Not by assignment: a label may be called __proto__.
function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
