import { InvalidValueError } from './invalid.ts'

/** What an image is made for, in OCI's words. */
export interface Platform {
  os: string
  architecture: string
  variant?: string
}

const systems = ['linux', 'windows', 'darwin', 'freebsd']
const architectures = ['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips64le', 'ppc64le', 'riscv64', 's390x']
/** The architecture of this machine, where Node and Go have different names for it. */
const nodeArchitectures: Record<string, string> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' }

/**
 * Reads `os/arch[/variant]`. An architecture alone is of Linux, a system alone has the architecture of this machine, as with docker.
 *
 * @throws {InvalidValueError}
 */
export function parsePlatform(text: string): Platform {
  const [, first, second, variant] = /^(\w[\w.-]*)(?:\/(\w[\w.-]*))?(?:\/(\w[\w.-]*))?$/.exec(text) ?? []
  if (first !== undefined && second !== undefined) {
    return normalize({ os: first, architecture: second, ...(variant !== undefined && { variant }) })
  }
  const word = first?.toLowerCase() ?? ''
  if (systems.includes(word)) {
    return normalize({ os: word, architecture: nodeArchitectures[process.arch] ?? process.arch })
  }
  const platform = normalize({ os: 'linux', architecture: word })
  if (architectures.includes(platform.architecture)) return platform
  throw new InvalidValueError('must be os/arch or os/arch/variant, such as linux/amd64 or linux/arm64/v8')
}

export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')
}

/** True when an image for `found` is what was asked for; an image that names no variant serves for any. */
export function samePlatform(wanted: Platform, found: Platform): boolean {
  const image = normalize(found)
  if (wanted.os !== image.os || wanted.architecture !== image.architecture) return false
  return wanted.variant === undefined || image.variant === undefined || wanted.variant === image.variant
}

const aliases: Record<string, string> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm',
  i386: '386',
}

// arm64 is v8 and amd64 is v1 unless they say otherwise, and a variant's v may be missing, as in containerd.
function normalize({ os, architecture, variant }: Platform): Platform {
  const arch = architecture.toLowerCase()
  const platform = { os: os.toLowerCase(), architecture: aliases[arch] ?? arch }
  const version = variant?.toLowerCase().replace(/^(?=\d)/, 'v')
  const plain =
    (platform.architecture === 'arm64' && version === 'v8') ||
    (platform.architecture === 'amd64' && version === 'v1')
  return version === undefined || plain ? platform : { ...platform, variant: version }
}
