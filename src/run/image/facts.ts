import type { ImageInspect } from '../../engine/wire.ts'
import { timeOf } from '../engine-time.ts'
import type { ImageFacts } from '../outcome.ts'
import { platformText } from '../platform.ts'
import type { Reference } from '../reference.ts'
import { platformOf } from './local.ts'

/** What an inspected image is, for people and programs. */
export function imageFacts(reference: Reference, image: ImageInspect): ImageFacts {
  return {
    reference: reference.text,
    id: image.Id,
    digest: digestOf(reference, image),
    platform: platformText(platformOf(image)),
    created: timeOf(image.Created) === undefined ? null : (image.Created ?? null),
    age: ageOf(image),
  }
}

// An image has a digest for each repository that it was pulled from or pushed to: another's is better than none.
function digestOf(reference: Reference, { RepoDigests }: ImageInspect): string | null {
  const digests = (RepoDigests ?? []).map(text => text.split('@'))
  if (reference.kind === 'id') return digests[0]?.[1] ?? null
  if (reference.digest !== undefined) return reference.digest
  const { familiarName, fromImage } = reference
  const own = digests.find(([name]) => name === familiarName || name === fromImage)
  return (own ?? digests[0])?.[1] ?? null
}

/**
 * Milliseconds since the image's name was set on this Engine, as every pull does with the containerd store; since it was built
 * with a graph driver, which notes no pull there but the last tag of any name. Null when neither is known.
 */
export function ageOf(image: ImageInspect, now = Date.now()): number | null {
  const { Metadata, Created = '' } = image
  const named = isInContainerd(image) ? timeOf(Metadata?.LastTagTime) : undefined
  const since = named ?? timeOf(Created)
  return since === undefined ? null : Math.max(0, now - since)
}

/** The containerd store names an image by its manifest, a graph driver by its config. */
function isInContainerd({ Id, RepoDigests }: ImageInspect): boolean {
  return (RepoDigests ?? []).some(text => text.endsWith(`@${Id}`))
}
