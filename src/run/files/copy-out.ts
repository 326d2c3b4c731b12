import type { Engine } from '../../engine/engine.ts'
import type { Emit } from '../events.ts'
import { ContainerPaths } from './container-path.ts'
import type { Copy, CopyLimits, CopyReport } from './copies.ts'
import type { HostTarget } from './host-target.ts'
import { Transfer } from './transfer.ts'
import { unpackInto } from './unpack.ts'

/** What every copy of a run needs. */
export interface Copying {
  engine: Engine
  container: string
  limits: CopyLimits
  emit: Emit
  signal?: AbortSignal
}

/** Copies a file or directory of a container to this machine. */
export async function copyOut(copying: Copying, copy: Copy, target: HostTarget): Promise<CopyReport> {
  const { engine, container } = copying
  using transfer = new Transfer({ direction: 'out', ...copy }, copying)
  const { signal } = transfer
  const source = await new ContainerPaths(engine, container, signal).source(copy.from)
  const place = await target.place(source)
  await using _ = place.directory
  const { archive } = await engine.containers.getArchive(container, source.path, { signal })
  await unpackInto(place, archive, transfer)
  return transfer.report()
}
