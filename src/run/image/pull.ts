import { partOf } from '../../engine/http/diagnostics.ts'
import { HeldSecrets } from '../../redact/held.ts'
import { borrowEngine } from '../borrow.ts'
import { checkImageOptions } from '../check-options.ts'
import type { Emit } from '../events.ts'
import { HoldfastError, toFailure } from '../failure.ts'
import { newId } from '../id.ts'
import { lifetime } from '../lifetime.ts'
import type { ImageOptions } from '../options.ts'
import { type ImageFacts, type RegistryFacts, registryFactsAfter } from '../outcome.ts'
import { publisher } from '../publish.ts'
import { isId, parseReference } from '../reference.ts'
import { EngineGrace } from '../retry.ts'
import { makeLocal } from './make-local.ts'

/** An image to pull. */
export interface PullOptions extends ImageOptions {
  /** The image's reference; an id can't be pulled. */
  image: string
}

/** What was pulled, and from where. */
export interface Pulled {
  /** The local image. */
  image: ImageFacts
  /** What was contacted. */
  registry: RegistryFacts
}

/**
 * Pulls an image, whether it is local or not. Credentials are looked up now, for this pull.
 *
 * @throws {HoldfastError} whose `kind` says why.
 *
 * @example
 * ```ts
 * const { image } = await pull({ image: 'alpine:3.22', pullTimeout: { total: 600_000 } })
 * console.log(image.digest)
 * ```
 */
export async function pull(options: PullOptions): Promise<Pulled> {
  const id = newId()
  return partOf(id, () => perform(id, options))
}

async function perform(id: string, options: PullOptions): Promise<Pulled> {
  const { emit: publish, rethrow } = publisher(id, options.onEvent)
  const { engine, release } = borrowEngine(options, message => publish({ type: 'warning', message }))
  using life = lifetime(options.signal, 0, 'the pull')
  using secrets = new HeldSecrets()
  let registry: RegistryFacts = { contacted: false }
  const emit: Emit = event => {
    registry = registryFactsAfter(registry, event)
    publish(event)
  }
  try {
    checkImageOptions(options)
    const reference = parseReference(options.image)
    if (isId(reference))
      throw new HoldfastError('usage', `${options.image} is an image's id, which no registry knows`, {
        hint: 'Pull it by its name.',
      })
    const { signal } = life
    const grace = new EngineGrace(emit, options.engineGrace)
    const image = await makeLocal({
      engine,
      reference,
      policy: 'always',
      options,
      signal,
      emit,
      grace,
      secrets,
    })
    return { image, registry }
  } catch (error) {
    throw toFailure(error)
  } finally {
    await release()
    rethrow()
  }
}
