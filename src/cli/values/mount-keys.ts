import type { Mount } from '../../engine/wire.ts'
import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { parseBoolean } from './boolean.ts'
import { parseChoice } from './choice.ts'
import { parseMemory } from './memory.ts'

/** What a key's value adds to the mount so far. */
type Key = (text: string, where: string, mount: Mount) => Partial<Mount>

const types = ['bind', 'volume', 'tmpfs', 'image'] as const
const consistencies = ['default', 'consistent', 'cached', 'delegated'] as const
const propagations = ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave'] as const
const recursions = ['enabled', 'disabled', 'writable', 'readonly'] as const

const source: Key = text => ({ Source: text })
const target: Key = text => ({ Target: text })
const readonly: Key = (text, where) => ({ ReadOnly: parseBoolean(text, where) })

const keys: Readonly<Record<string, Key>> = {
  type: (text, where) => ({ Type: parseChoice(types, text.toLowerCase(), where) }),
  source,
  src: source,
  target,
  dst: target,
  destination: target,
  readonly,
  ro: readonly,
  consistency: (text, where) => ({ Consistency: parseChoice(consistencies, text.toLowerCase(), where) }),
  'bind-propagation': (text, where, mount) => {
    const propagation = parseChoice(propagations, text.toLowerCase(), where)
    return { BindOptions: { ...mount.BindOptions, Propagation: propagation } }
  },
  'bind-recursive': (text, where, mount) => ({
    BindOptions: { ...mount.BindOptions, ...recursion(text, where) },
  }),
  'bind-create-src': (text, where, mount) => ({
    BindOptions: { ...mount.BindOptions, CreateMountpoint: parseBoolean(text, where) },
  }),
  'volume-nocopy': (text, where, mount) => ({
    VolumeOptions: { ...mount.VolumeOptions, NoCopy: parseBoolean(text, where) },
  }),
  'volume-subpath': (text, _, mount) => ({ VolumeOptions: { ...mount.VolumeOptions, Subpath: text } }),
  'volume-label': (text, where, { VolumeOptions: options }) => ({
    VolumeOptions: { ...options, Labels: { ...options?.Labels, ...pair(text, where) } },
  }),
  'volume-driver': (text, _, { VolumeOptions: options }) => ({
    VolumeOptions: { ...options, DriverConfig: { ...options?.DriverConfig, Name: text } },
  }),
  'volume-opt': (text, where, { VolumeOptions: options }) => {
    const driver = options?.DriverConfig
    const merged = { ...driver?.Options, ...pair(text, where) }
    return { VolumeOptions: { ...options, DriverConfig: { ...driver, Options: merged } } }
  },
  'image-subpath': text => ({ ImageOptions: { Subpath: text } }),
  'tmpfs-size': (text, where, mount) => ({
    TmpfsOptions: { ...mount.TmpfsOptions, SizeBytes: parseMemory(text, where) },
  }),
  'tmpfs-mode': (text, where, mount) => ({
    TmpfsOptions: { ...mount.TmpfsOptions, Mode: fileMode(text, where) },
  }),
}

/** The keys of `--mount`; those of one type start with its name. */
export const mountKeys: ReadonlyMap<string, Key> = new Map(Object.entries(keys))

/** The keys that mean `true` where they have no value. */
export const bareMountKeys: ReadonlySet<string> = new Set([
  'readonly',
  'ro',
  'bind-create-src',
  'volume-nocopy',
])

function recursion(text: string, where: string): Mount['BindOptions'] {
  switch (parseChoice(recursions, text, where)) {
    case 'enabled':
      return {}
    case 'disabled':
      return { NonRecursive: true }
    case 'writable':
      return { ReadOnlyNonRecursive: true }
    case 'readonly':
      return { ReadOnlyForceRecursive: true }
  }
}

// The value is not told: options of a driver may hold a password.
function pair(text: string, where: string): Record<string, string> {
  const [name, value = ''] = cut(text, '=')
  if (name === '') throw new UsageError(`${where} has no name`, `Write ${where}=NAME=VALUE.`)
  return { [name]: value }
}

function fileMode(text: string, where: string): number {
  if (/^0*[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  throw new UsageError(`${where}: ${quote(text)} is not a file mode`, 'Write it in octal, as 1777 or 0700.')
}
