import type { Mount } from '../../engine/wire.ts'
import { cut } from '../cut.ts'
import { nearest } from '../nearest.ts'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { parseCsv } from './csv.ts'
import { bareMountKeys, mountKeys } from './mount-keys.ts'
import { hostPath, isVolumeName, sourceHint } from './source.ts'

/** `type=bind,source=./in,target=/in,readonly`, in docker's CSV. */
export function parseMount(text: string, where: string, cwd: string): Mount {
  let mount: Mount = { Type: 'volume', Target: '' }
  for (const [index, field] of parseCsv(text, where).entries()) {
    mount = { ...mount, ...parseField(field, `field ${index + 1}`, where, mount) }
  }
  checkTarget(mount, where)
  checkOptions(mount, where)
  checkRecursion(mount, where)
  return withSource(mount, where, cwd)
}

function parseField(field: string, place: string, where: string, mount: Mount): Partial<Mount> {
  const [written, value] = cut(field, '=')
  const name = written.toLowerCase()
  const key = mountKeys.get(name)
  if (key !== undefined && value !== undefined) return key(value, `${where} ${name}`, mount)
  if (key !== undefined && bareMountKeys.has(name)) return key('true', `${where} ${name}`, mount)
  if (key !== undefined) throw new UsageError(`${where}: ${name} has no value`, `Write ${name}=VALUE.`)
  // It may be the end of a volume-opt's password, which had a comma in it.
  const secret = value === undefined || mount.VolumeOptions?.DriverConfig?.Options !== undefined
  throw unknownKey(name, `${where}: ${secret ? place : quote(name)}`)
}

function unknownKey(name: string, what: string): UsageError {
  const close = nearest(name, mountKeys.keys())
  const keys = [...mountKeys.keys()].join(', ')
  return new UsageError(
    `${what} is not a key of a mount`,
    close === undefined
      ? `Write KEY=VALUE, in quotes where it has a comma. The keys: ${keys}.`
      : `Did you mean ${close}?`,
  )
}

function checkTarget(mount: Mount, where: string): void {
  if (mount.Target === '')
    throw new UsageError(`${where} has no target`, 'Add target=/DIR, a path in the container.')
  if (!mount.Target.startsWith('/')) {
    throw new UsageError(
      `${where} target: ${quote(mount.Target)} is not an absolute path`,
      'Write target=/DIR.',
    )
  }
}

function checkOptions(mount: Mount, where: string): void {
  const given = {
    bind: mount.BindOptions,
    volume: mount.VolumeOptions,
    image: mount.ImageOptions,
    tmpfs: mount.TmpfsOptions,
  }
  for (const [type, options] of Object.entries(given)) {
    if (options === undefined || type === mount.Type) continue
    throw new UsageError(
      `${where}: type=${mount.Type} can't have ${type}-* keys`,
      `Take them out, or write type=${type}.`,
    )
  }
}

function checkRecursion(mount: Mount, where: string): void {
  const { ReadOnlyNonRecursive, ReadOnlyForceRecursive, Propagation } = mount.BindOptions ?? {}
  if ((ReadOnlyNonRecursive || ReadOnlyForceRecursive) && !mount.ReadOnly) {
    throw new UsageError(`${where}: that bind-recursive is for a mount that is read-only`, 'Add readonly.')
  }
  if (ReadOnlyForceRecursive && Propagation !== 'rprivate') {
    throw new UsageError(`${where}: bind-recursive=readonly needs rprivate`, 'Add bind-propagation=rprivate.')
  }
}

function withSource(mount: Mount, where: string, cwd: string): Mount {
  const { Type, Source = '' } = mount
  if (Source === '') {
    if (Type === 'volume' || Type === 'tmpfs') return mount
    throw new UsageError(`${where}: type=${Type} needs a source`, 'Add source=….')
  }
  const bad = (what: string, hint: string) =>
    new UsageError(`${where} source: ${quote(Source)} ${what}`, hint)
  if (Type === 'tmpfs') throw bad('is too much', 'A tmpfs has no source: take it out.')
  if (Type === 'volume' && !isVolumeName(Source)) {
    throw bad(
      "is not a volume's name",
      Source.includes('/') ? 'For a directory write type=bind.' : sourceHint(Source),
    )
  }
  if (Type !== 'bind') return mount
  const path = hostPath(Source, cwd)
  if (path === undefined) throw bad('is not a path', sourceHint(Source))
  return { ...mount, Source: path }
}
