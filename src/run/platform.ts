import { HoldfastError } from './failure.ts'

/** What an image is made for, in OCI's words. */
export interface Platform {
  os: string
  architecture: string
  variant?: string
}

/** Reads `os/arch[/variant]`. */
export function parsePlatform(text: string): Platform {
  const match = /^(\w[\w.-]*)\/(\w[\w.-]*)(?:\/(\w[\w.-]*))?$/.exec(text)
  const [, os, architecture, variant] = match ?? []
  if (os === undefined || architecture === undefined) {
    throw new HoldfastError('usage', `${JSON.stringify(text.slice(0, 100))} is no platform`, {
      hint: 'Write it as linux/arm64 or linux/arm/v7.',
    })
  }
  return normalize({ os, architecture, ...(variant !== undefined && { variant }) })
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

// arm64 is v8 and amd64 is v1 unless they say otherwise, as containerd has it.
function normalize({ os, architecture, variant }: Platform): Platform {
  const arch = architecture.toLowerCase()
  const platform = { os: os.toLowerCase(), architecture: aliases[arch] ?? arch }
  const plain =
    (platform.architecture === 'arm64' && variant === 'v8') ||
    (platform.architecture === 'amd64' && variant === 'v1')
  return variant === undefined || plain ? platform : { ...platform, variant: variant.toLowerCase() }
}
