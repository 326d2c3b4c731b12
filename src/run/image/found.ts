import { isStatus } from '../../engine/error.ts'
import type { ImageFacts } from '../outcome.ts'
import { imageFacts } from './facts.ts'
import type { ImageRequest } from './make-local.ts'

/** What is known of the image of a container that was found; null where it has been removed since. */
export async function foundImage(request: ImageRequest, id: string): Promise<ImageFacts | null> {
  const { engine, reference, grace, signal, emit } = request
  const inspect = () => engine.images.inspect(id, { signal })
  const image = await grace.untilAnswered(inspect, { signal }).catch(error => {
    if (!isStatus(error, 404)) throw error
  })
  if (image === undefined) return null
  const facts = imageFacts(reference, image)
  const { digest, platform } = facts
  emit({ type: 'image', image: reference.text, id: facts.id, digest, platform })
  return facts
}
