import { connect } from '../../src/engine/engine.ts'
import { HeldSecrets } from '../../src/redact/held.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { type ImageRequest, makeLocal } from '../../src/run/image/make-local.ts'
import type { PullPolicy } from '../../src/run/options.ts'
import { type ImageFacts, type RegistryFacts, registryFactsAfter } from '../../src/run/outcome.ts'
import { parseReference } from '../../src/run/reference.ts'
import { EngineGrace } from '../../src/run/retry.ts'
import type { FakeEngine } from '../support/fake-engine.ts'
import type { Exchange } from '../support/fake-exchange.ts'
import { skipPause } from './pauses.ts'

/** A folder of Docker's configuration that is not there, so that this machine's own plays no part. */
export const noConfig = '/nonexistent'

/** What an Engine says whose registry is down. */
export const outageWords = 'Get "https://registry-1.docker.io/v2/": EOF'

/** The registry is down for so many tries of a pull. Default: as many as one pull has. */
export function outages(engine: FakeEngine, times = 3): void {
  const answer = (exchange: Exchange) => exchange.answer(500, outageWords)
  for (let time = 0; time < times; time++) engine.on('pull', answer)
}

export interface Made {
  facts: ImageFacts | undefined
  error: unknown
  events: RunEvent[]
  registry: RegistryFacts
}

/** Makes an image local on a fake Engine; gives the result and the events. */
export async function make(
  engine: FakeEngine,
  text: string,
  policy: PullPolicy,
  { signal, ...options }: ImageRequest['options'] & { signal?: AbortSignal } = {},
): Promise<Made> {
  await using client = connect({ host: engine.host, env: {} })
  const made: Made = { facts: undefined, error: undefined, events: [], registry: { contacted: false } }
  const emit = (event: RunEvent) => {
    made.events.push(event)
    skipPause(event)
    made.registry = registryFactsAfter(made.registry, event)
  }
  using secrets = new HeldSecrets()
  const request: ImageRequest = {
    engine: client,
    reference: parseReference(text),
    policy,
    options: { config: noConfig, ...options },
    signal: signal ?? new AbortController().signal,
    emit,
    grace: new EngineGrace(emit),
    secrets,
  }
  try {
    made.facts = await makeLocal(request)
  } catch (error) {
    made.error = error
  }
  return made
}
