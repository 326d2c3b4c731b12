import { resolve } from 'node:path'
import type { Mount } from '../../engine/wire.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import { nearest } from '../../run/nearest.ts'
import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { parseCsv } from './key-value.ts'
import { type Kind, ofPart } from './kind.ts'
import { parseBoolean, parseChoice } from './scalar.ts'
import { parseSize } from './size.ts'

/** `[SOURCE:]TARGET[:OPTIONS]`, with a source that starts with a dot made absolute. The Engine judges the options. */
export const volume: Kind<string> = {
  meta: '[SOURCE:]DIR[:ro]',
  parse(text, { cwd }) {
    const parts = text.split(':')
    if (text === '' || parts.includes('') || parts.length > 3) {
      throw new InvalidValueError(
        'must be /DIR, SOURCE:/DIR or SOURCE:/DIR:OPTIONS',
        'OPTIONS is ro for read-only.',
      )
    }
    const [source = '', target = source, ...options] = parts
    if (!target.startsWith('/')) {
      throw new InvalidValueError(`must have an absolute path in the container, and has ${quote(target)}`)
    }
    if (parts.length === 1) return text
    const path = hostPath(source, cwd)
    if (path?.includes(':')) {
      throw new InvalidValueError('is relative to a directory with a colon in its name', 'Use --mount.')
    }
    if (path === undefined && !isVolumeName(source)) {
      throw new InvalidValueError(
        'must have a path or the name of a volume as its source',
        sourceHint(source),
      )
    }
    return [path ?? source, target, ...options].join(':')
  },
}

/** `type=bind,source=./in,target=/in,readonly`, in docker's CSV. The options of a driver may hold a password. */
export const mount: Kind<Mount> = {
  meta: 'KEY=VALUE,...',
  secret: true,
  parse(text, { cwd }) {
    let mount: Mount = { Type: 'volume', Target: '' }
    for (const [index, field] of parseCsv(text).entries()) {
      mount = { ...mount, ...parseField(field, `field ${index + 1}`, mount) }
    }
    checkTarget(mount)
    checkOptions(mount)
    checkRecursion(mount)
    return withSource(mount, cwd)
  },
}

/** What a key's value adds to the mount so far. */
type Key = (text: string, mount: Mount) => Partial<Mount>

const types = ['bind', 'volume', 'tmpfs', 'image', 'npipe', 'cluster'] as const
const consistencies = ['default', 'consistent', 'cached', 'delegated'] as const
const propagations = ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave'] as const
const recursions = {
  enabled: {},
  disabled: { NonRecursive: true },
  writable: { ReadOnlyNonRecursive: true },
  readonly: { ReadOnlyForceRecursive: true },
} satisfies Record<string, Mount['BindOptions']>
const recursionNames = ['enabled', 'disabled', 'writable', 'readonly'] as const

const source: Key = text => ({ Source: text })
const target: Key = text => ({ Target: text })
const readonly: Key = text => ({ ReadOnly: parseBoolean(text) })
const bind = (read: (text: string) => Mount['BindOptions']): Key => {
  return (text, { BindOptions }) => ({ BindOptions: { ...BindOptions, ...read(text) } })
}
const ofVolume = (
  read: (text: string, options: NonNullable<Mount['VolumeOptions']>) => Mount['VolumeOptions'],
): Key => {
  return (text, { VolumeOptions = {} }) => ({
    VolumeOptions: { ...VolumeOptions, ...read(text, VolumeOptions) },
  })
}
const tmpfs = (read: (text: string) => Mount['TmpfsOptions']): Key => {
  return (text, { TmpfsOptions }) => ({ TmpfsOptions: { ...TmpfsOptions, ...read(text) } })
}

/** The keys of `--mount`; those of one type start with its name. */
export const mountKeys: ReadonlyMap<string, Key> = new Map<string, Key>([
  ['type', text => ({ Type: parseChoice(types, text.toLowerCase()) })],
  ['source', source],
  ['src', source],
  ['target', target],
  ['dst', target],
  ['destination', target],
  ['readonly', readonly],
  ['ro', readonly],
  ['consistency', text => ({ Consistency: parseChoice(consistencies, text.toLowerCase()) })],
  ['bind-propagation', bind(text => ({ Propagation: parseChoice(propagations, text.toLowerCase()) }))],
  // docker's older name for bind-recursive=disabled.
  ['bind-nonrecursive', bind(text => ({ NonRecursive: parseBoolean(text) }))],
  ['bind-recursive', bind(text => recursions[parseChoice(recursionNames, text)])],
  ['bind-create-src', bind(text => ({ CreateMountpoint: parseBoolean(text) }))],
  ['volume-nocopy', ofVolume(text => ({ NoCopy: parseBoolean(text) }))],
  ['volume-subpath', ofVolume(text => ({ Subpath: text }))],
  ['volume-label', ofVolume((text, { Labels }) => ({ Labels: { ...Labels, ...pair(text) } }))],
  [
    'volume-driver',
    ofVolume((text, { DriverConfig }) => ({ DriverConfig: { ...DriverConfig, Name: text } })),
  ],
  [
    'volume-opt',
    ofVolume((text, { DriverConfig }) => ({
      DriverConfig: { ...DriverConfig, Options: { ...DriverConfig?.Options, ...pair(text) } },
    })),
  ],
  ['image-subpath', text => ({ ImageOptions: { Subpath: text } })],
  ['tmpfs-size', tmpfs(text => ({ SizeBytes: parseSize(text) }))],
  ['tmpfs-mode', tmpfs(text => ({ Mode: fileMode(text) }))],
])

/** The keys that mean `true` where they have no value. */
const bareKeys: ReadonlySet<string> = new Set([
  'readonly',
  'ro',
  'bind-create-src',
  'bind-nonrecursive',
  'volume-nocopy',
])
/** The keys whose values no message shows. */
const secretKeys: ReadonlySet<string> = new Set(['volume-label', 'volume-opt'])

function pair(text: string): Record<string, string> {
  const [name, value = ''] = cut(text, '=')
  if (name === '') throw new InvalidValueError('must be NAME=VALUE')
  return { [name]: value }
}

function fileMode(text: string): number {
  if (/^0*[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  throw new InvalidValueError('must be an octal file mode, such as 1777 or 0700')
}

function parseField(field: string, place: string, mount: Mount): Partial<Mount> {
  const [written, value] = cut(field, '=')
  const name = written.toLowerCase()
  const key = mountKeys.get(name)
  // What has no value may be the end of a volume-opt's password that had a comma in it.
  const secret = value === undefined || mount.VolumeOptions?.DriverConfig?.Options !== undefined
  if (key === undefined) throw unknownKey(name, secret ? place : quote(name))
  const text = value ?? (bareKeys.has(name) ? 'true' : undefined)
  if (text === undefined) throw new InvalidValueError(`${name} must have a value`, `Write ${name}=VALUE.`)
  return ofPart(secretKeys.has(name) ? name : `${name} ${quote(text)}`, () => key(text, mount))
}

function unknownKey(name: string, what: string): InvalidValueError {
  const close = nearest(name, mountKeys.keys())
  const keys = [...mountKeys.keys()].join(', ')
  return new InvalidValueError(
    `${what} is not a key of a mount`,
    close === undefined
      ? `Write KEY=VALUE, in quotes where it has a comma. The keys: ${keys}.`
      : `Did you mean ${close}?`,
  )
}

function checkTarget({ Target }: Mount): void {
  if (Target === '')
    throw new InvalidValueError('must have a target', 'Add target=/DIR, a path in the container.')
  if (!Target.startsWith('/')) throw new InvalidValueError(`target ${quote(Target)} must be an absolute path`)
}

function checkOptions(mount: Mount): void {
  const given = {
    bind: mount.BindOptions,
    volume: mount.VolumeOptions,
    image: mount.ImageOptions,
    tmpfs: mount.TmpfsOptions,
  }
  for (const [type, options] of Object.entries(given)) {
    if (options === undefined || type === mount.Type) continue
    throw new InvalidValueError(
      `with type=${mount.Type} must not have ${type}-* keys`,
      `Omit them, or write type=${type}.`,
    )
  }
}

function checkRecursion(mount: Mount): void {
  const { ReadOnlyNonRecursive, ReadOnlyForceRecursive, Propagation } = mount.BindOptions ?? {}
  if ((ReadOnlyNonRecursive || ReadOnlyForceRecursive) && !mount.ReadOnly) {
    throw new InvalidValueError('with bind-recursive=writable or readonly must be read-only', 'Add readonly.')
  }
  if (ReadOnlyForceRecursive && Propagation !== 'rprivate') {
    throw new InvalidValueError(
      'with bind-recursive=readonly must be rprivate',
      'Add bind-propagation=rprivate.',
    )
  }
}

function withSource(mount: Mount, cwd: string): Mount {
  const { Type, Source = '' } = mount
  if (Source === '') {
    if (Type === 'volume' || Type === 'tmpfs') return mount
    throw new InvalidValueError(`with type=${Type} must have a source`, 'Add source=….')
  }
  const bad = (problem: string, hint: string) =>
    new InvalidValueError(`source ${quote(Source)} ${problem}`, hint)
  if (Type === 'tmpfs') throw bad('must be omitted', 'A tmpfs has no source.')
  if (Type === 'volume' && !isVolumeName(Source)) {
    throw bad(
      'must be the name of a volume',
      Source.includes('/') ? 'For a directory write type=bind.' : sourceHint(Source),
    )
  }
  if (Type !== 'bind') return mount
  const path = hostPath(Source, cwd)
  if (path === undefined) throw bad('must be a path', sourceHint(Source))
  return { ...mount, Source: path }
}

/** The path that a source stands for, against `cwd` when it starts with a dot; `undefined` for a volume's name. */
function hostPath(source: string, cwd: string): string | undefined {
  if (source.startsWith('/')) return source
  if (source.startsWith('.')) return resolve(cwd, source)
  return undefined
}

/** True for what the Engine takes as a volume's name. */
function isVolumeName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text)
}

function sourceHint(source: string): string {
  if (source.startsWith('~'))
    return 'Write $HOME in place of ~: the shell expands it only at the start of a word.'
  if (source.includes('/')) {
    return `For a directory of the host write ${quote(`./${source}`)} or its absolute path.`
  }
  return "Write a path that starts with / or ./, or a volume's name: two or more of a-z A-Z 0-9 _ . -"
}
