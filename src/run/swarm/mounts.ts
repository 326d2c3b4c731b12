import type { ContainerConfig, Mount } from '../../engine/wire.ts'
import { refused } from './refused.ts'

/** All that docker run mounts, as mounts: the one form that a task's spec has. */
export function taskMounts({ HostConfig = {}, Volumes = {} }: ContainerConfig): Mount[] {
  const { Binds = [], Mounts = [], Tmpfs = {}, ShmSize = 0 } = HostConfig
  return [
    ...Binds.map(ofBind),
    ...Object.keys(Volumes).map((Target): Mount => ({ Type: 'volume', Target })),
    ...Mounts.map(ofMount),
    ...Object.entries(Tmpfs).map(([path, options]) => ofTmpfs(path, options)),
    ...(ShmSize > 0
      ? [{ Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: ShmSize } } satisfies Mount]
      : []),
  ]
}

function ofMount(mount: Mount): Mount {
  if (mount.Type === 'bind' && !mount.Source?.startsWith('/')) throw relativePath(mount.Source ?? '')
  return mount
}

const propagations = ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']

/** `SOURCE:TARGET[:OPTIONS]` of `--volume`. */
function ofBind(bind: string): Mount {
  const [Source = '', Target = '', options = ''] = bind.split(':')
  const isPath = Source.startsWith('/')
  if (!isPath && /[./~]/.test(Source.slice(0, 1))) throw relativePath(Source)
  const mount: Mount = { Type: isPath ? 'bind' : 'volume', Source, Target }
  for (const option of options.split(',')) {
    if (option === '' || option === 'rw') continue
    if (option === 'ro') mount.ReadOnly = true
    else if (isPath && propagations.includes(option)) mount.BindOptions = { Propagation: option }
    else if (!isPath && option === 'nocopy') mount.VolumeOptions = { NoCopy: true }
    else throw refused(`${option} in the volume ${bind}`, 'Swarm has no such mount option')
  }
  return mount
}

function relativePath(source: string): Error {
  return refused(
    `the relative path ${source} of a mount`,
    'it is of this machine, and each node has files of its own. Write an absolute path that every node has, or use a config or a secret',
  )
}

/** `--tmpfs DIR:size=64m,mode=1777`. */
function ofTmpfs(Target: string, text: string): Mount {
  const TmpfsOptions: NonNullable<Mount['TmpfsOptions']> = {}
  for (const option of text.split(',')) {
    const [, size, unit = ''] = /^size=(\d+)([kmg]?)$/i.exec(option) ?? []
    const mode = /^mode=([0-7]+)$/.exec(option)?.[1]
    if (size !== undefined)
      TmpfsOptions.SizeBytes = Number(size) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase())
    else if (mode !== undefined) TmpfsOptions.Mode = Number.parseInt(mode, 8)
    else if (option !== '' && option !== 'rw')
      throw refused(`${option} in the tmpfs ${Target}`, 'Swarm has size and mode only')
  }
  return { Type: 'tmpfs', Target, ...(Object.keys(TmpfsOptions).length > 0 && { TmpfsOptions }) }
}
