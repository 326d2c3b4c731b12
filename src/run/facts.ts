import type { ImageInspect } from '../engine/wire.ts'
import { platformOf } from './local.ts'
import { platformText } from './platform.ts'
import type { Reference } from './reference.ts'

/** The image that a run used. */
export interface ImageFacts {
  /** As it was asked for. */
  reference: string
  /** The local id. */
  id: string
  /** The manifest's digest in its registry; null for an image that was never pulled or pushed. */
  digest: string | null
  /** `os/arch[/variant]`. */
  platform: string
  /** When it was built, in ISO 8601; null when it does not tell. */
  created: string | null
  /** Milliseconds since the Engine named it, else since it was built; null when neither is known. */
  age: number | null
}

/** What an inspected image is, for people and programs. */
export function imageFacts(reference: Reference, image: ImageInspect): ImageFacts {
  const name = reference.kind === 'name' ? reference.fromImage : undefined
  const familiar = reference.kind === 'name' ? reference.familiarName : undefined
  const digests = image.RepoDigests ?? []
  const own = digests.find(digest => digest.startsWith(`${familiar}@`) || digest.startsWith(`${name}@`))
  const shown = own ?? digests[0]
  return {
    reference: reference.text,
    id: image.Id,
    digest: shown?.slice(shown.indexOf('@') + 1) ?? null,
    platform: platformText(platformOf(image)),
    created: dateOf(image.Created) === undefined ? null : (image.Created ?? null),
    age: ageOf(image),
  }
}

/**
 * Milliseconds since the image's name was set on this Engine, as every pull does with the containerd store; since it was built
 * where the Engine does not tell, as the graph drivers do not of a pull. Null when neither is known.
 */
export function ageOf({ Metadata, Created = '' }: ImageInspect, now = Date.now()): number | null {
  const since = dateOf(Metadata?.LastTagTime) ?? dateOf(Created)
  return since === undefined ? null : Math.max(0, now - since)
}

// Go's zero time, of the year 1, stands for never.
function dateOf(text = ''): number | undefined {
  const date = Date.parse(text)
  return date > 0 ? date : undefined
}
