import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import { compareVersions } from '../../engine/http/version.ts'
import type { ImageInspect } from '../../engine/wire.ts'
import { type Platform, parsePlatform, platformText, samePlatform } from '../platform.ts'
import { type ImageName, parseReference, type Reference } from '../reference.ts'

/** Whether an image is on the Engine, and the one that is wanted. */
export type Local =
  | { state: 'present'; image: ImageInspect }
  | { state: 'absent' }
  /** Another image answers to the name; `found` says what it is. */
  | { state: 'mismatch'; found: string }

/** Looks for an image on the Engine alone. */
export async function findLocal(
  engine: Engine,
  reference: Reference,
  platform: string | undefined,
  signal: AbortSignal,
): Promise<Local> {
  const found = await byReference(engine, reference, signal)
  if (found === undefined) return { state: 'absent' }
  const { name, image } = found
  if (platform === undefined || samePlatform(parsePlatform(platform), platformOf(image)))
    return { state: 'present', image }
  const other = await inspectFor(engine, name, parsePlatform(platform), signal)
  return other === undefined
    ? { state: 'mismatch', found: platformText(platformOf(image)) }
    : { state: 'present', image: other }
}

interface Found {
  /** What it is called in requests. */
  name: string
  image: ImageInspect
}

async function byReference(
  engine: Engine,
  reference: Reference,
  signal: AbortSignal,
): Promise<Found | undefined> {
  if (reference.kind === 'id') return byId(engine, reference.id, signal)
  const { canonical: name, shortId } = reference
  const image = await inspect(engine, name, signal)
  if (image !== undefined && hasName(image, reference)) return { name, image }
  return shortId === undefined ? undefined : byId(engine, shortId, signal)
}

async function byId(engine: Engine, id: string, signal: AbortSignal): Promise<Found | undefined> {
  const image = await inspect(engine, id, signal)
  return image?.Id.startsWith(id) ? { name: id, image } : undefined
}

async function inspect(engine: Engine, name: string, signal: AbortSignal): Promise<ImageInspect | undefined> {
  const image = await engine.images.inspect(name, { signal }).catch(absentWhenNotFound)
  // The containerd store knows the names of images whose content it does not have.
  return image === undefined || image.Os === '' || image.Architecture === '' ? undefined : image
}

/** The first API version whose inspect takes a platform. */
const platformApi = '1.49'

// A containerd store may hold several platforms under one name, and shows one of them unless asked.
async function inspectFor(
  engine: Engine,
  name: string,
  platform: Platform,
  signal: AbortSignal,
): Promise<ImageInspect | undefined> {
  if (compareVersions(await engine.apiVersion({ signal }), platformApi) < 0) return undefined
  const image = await engine.images.inspect(name, { platform, signal }).catch(absentWhenNotFound)
  return image !== undefined && samePlatform(platform, platformOf(image)) ? image : undefined
}

function absentWhenNotFound(error: unknown): undefined {
  if (!isStatus(error, 404)) throw error
}

/** What an image was made for. */
export function platformOf({ Os: os, Architecture: architecture, Variant: variant }: ImageInspect): Platform {
  return variant ? { os, architecture, variant } : { os, architecture }
}

// The Engine takes a prefix of an id for a name, and Podman shows names in full: compare what they mean.
function hasName(image: ImageInspect, wanted: ImageName): boolean {
  const { digest, familiarTag, familiarDigest, canonical: name } = wanted
  if (digest === undefined) {
    return (image.RepoTags ?? []).some(tag => tag === familiarTag || canonical(tag) === name)
  }
  const full = `${wanted.fromImage}@${digest}`
  const byName = (image.RepoDigests ?? []).some(own => own === familiarDigest || canonical(own) === full)
  return byName || image.Descriptor?.digest === digest
}

function canonical(name: string): string | undefined {
  try {
    const reference = parseReference(name)
    return reference.kind === 'name' ? reference.canonical : undefined
  } catch {
    // `<none>:<none>`, and anything else that is not a reference, has no name.
    return undefined
  }
}
