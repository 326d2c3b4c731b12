import { packArchive } from '../../engine/streams/pack.ts'
import { ContainerPaths } from './container-path.ts'
import type { Copy, CopyReport } from './copies.ts'
import type { Copying } from './copy-out.ts'
import { findHostSource } from './host-source.ts'
import { Transfer } from './transfer.ts'
import { walk } from './walk.ts'

/** Copies a file or directory of this machine into a container. */
export async function copyIn(copying: Copying, copy: Copy): Promise<CopyReport> {
  const { engine, container } = copying
  using transfer = new Transfer({ direction: 'in', ...copy }, copying)
  const { signal } = transfer
  const source = await findHostSource(copy.from)
  const { directory, name } = await new ContainerPaths(engine, container, signal).place(copy.to, source)
  const archive = transfer.watch(packArchive(walk(source, name, transfer)))
  await engine.containers.putArchive(container, directory, archive, { noOverwriteDirNonDir: true, signal })
  return transfer.report()
}
