import { unpackArchive } from '../../engine/streams/unpack.ts'
import type { Directory } from './directory.ts'
import { extract } from './extract.ts'
import { moveInto } from './move.ts'
import { Staging } from './staging.ts'
import type { Transfer } from './transfer.ts'

/** A directory of this machine, and what an archive's root is to be called in it. */
export interface HostPlace {
  directory: Directory
  /** Undefined: what is in the root goes into the directory. */
  name?: string
}

/** Unpacks an archive beside its place, then moves it there. Where that fails, nothing is left of it. */
export async function unpackInto(
  { directory, name }: HostPlace,
  archive: AsyncIterable<Uint8Array>,
  transfer: Transfer,
): Promise<void> {
  await using staging = await Staging.create(directory)
  const { directory: staged } = staging
  const root = name ?? 'contents'
  await extract(unpackArchive(transfer.watch(archive)), { staged, name: root }, transfer)
  if (name !== undefined) return await moveInto(staged, directory)
  await using contents = await staged.child(root)
  await moveInto(contents, directory)
}
