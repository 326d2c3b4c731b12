import { connect } from '../../src/engine/engine.ts'
import type { RunEvent } from '../../src/run/events.ts'
import {
  type ImageFacts,
  type ImageRequest,
  makeLocal,
  type RegistryFacts,
  registryFacts,
} from '../../src/run/image.ts'
import type { PullPolicy } from '../../src/run/options.ts'
import { parseReference } from '../../src/run/reference.ts'
import type { FakeEngine } from '../support/fake-engine.ts'

/** A folder of Docker's configuration that is not there, so that this machine's own plays no part. */
export const noConfig = '/nonexistent'

export interface Made {
  facts: ImageFacts | undefined
  error: unknown
  events: RunEvent[]
  registry: RegistryFacts
}

/** Makes an image local on a fake Engine, and tells all that is known of it afterwards. */
export async function make(
  engine: FakeEngine,
  text: string,
  policy: PullPolicy,
  { signal, ...options }: ImageRequest['options'] & { signal?: AbortSignal } = {},
): Promise<Made> {
  await using client = connect({ host: engine.host, env: {} })
  const made: Made = { facts: undefined, error: undefined, events: [], registry: { contacted: false } }
  const request: ImageRequest = {
    engine: client,
    reference: parseReference(text),
    policy,
    options: { config: noConfig, ...options },
    signal: signal ?? new AbortController().signal,
    emit: event => {
      made.events.push(event)
      if (event.type === 'pull') made.registry = registryFacts(event)
    },
  }
  try {
    made.facts = await makeLocal(request)
  } catch (error) {
    made.error = error
  }
  return made
}
