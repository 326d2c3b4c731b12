import type { ImageInspect } from '../../engine/wire.ts'
import { parseReference, type Reference } from '../reference.ts'

/**
 * How a service names an image so that a node which has it asks no registry: as `repository@digest`, else by its id. The
 * repository is the one asked for, where the Engine has a digest of it there.
 */
export function pinned(
  reference: Reference,
  { Id, RepoDigests }: Pick<ImageInspect, 'Id' | 'RepoDigests'>,
): string {
  if (reference.kind === 'id') return reference.id
  const digests = RepoDigests ?? []
  const own = digests.filter(text => isOf(reference, text))
  const wanted = own.find(text => reference.digest !== undefined && text.endsWith(`@${reference.digest}`))
  return wanted ?? own[0] ?? digests[0] ?? Id
}

function isOf({ fromImage }: Reference & { kind: 'name' }, text: string): boolean {
  try {
    const found = parseReference(text)
    return found.kind === 'name' && found.fromImage === fromImage
  } catch {
    // `<none>@<none>` names no repository.
    return false
  }
}

/** Whether the reference itself says which image it is, so that the nodes need no other name for it. */
export function isPinned(reference: Reference): boolean {
  return reference.kind === 'id' || reference.digest !== undefined
}
