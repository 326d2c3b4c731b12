import { posix } from 'node:path'
import type { DeviceMapping, DeviceRequest, ThrottleDevice, Ulimit } from '../../engine/wire.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { parseCsv } from './key-value.ts'
import type { Kind } from './kind.ts'
import { parseSize } from './size.ts'

/** `/dev/x`, `/dev/x:/dev/y`, `/dev/x:/dev/y:rwm`; or the name of a CDI device, as `vendor.com/gpu=0`. */
export const device: Kind<DeviceMapping | string> = {
  meta: 'DEVICE[:DEVICE[:rwm]]',
  parse(text) {
    if (/^[a-z][\w.-]*\/[a-z][\w.-]*=[\w][\w.:-]*$/i.test(text)) return text
    const bad = () => new InvalidValueError('must be /DEVICE, /DEVICE:/DEVICE or /DEVICE:/DEVICE:rwm')
    const [source = '', second, mode, ...more] = text.split(':')
    const isMode = second !== undefined && isDeviceMode(second)
    const target = second === undefined || (isMode && mode === undefined) ? source : second
    const permissions = mode ?? (isMode ? second : 'rwm')
    if (source === '' || more.length > 0 || !target.startsWith('/') || !isDeviceMode(permissions)) throw bad()
    return {
      PathOnHost: target === source ? clean(source) : source,
      PathInContainer: mode === undefined ? clean(target) : target,
      CgroupPermissions: permissions,
    }
  },
}

// Each of r, w and m at most once.
function isDeviceMode(text: string): boolean {
  return /^(?!.*(.).*\1)[rwm]+$/.test(text)
}

// Go's path.Clean.
function clean(path: string): string {
  return posix.normalize(path).replace(/(.)\/$/, '$1')
}

/** `c 1:3 mr`: what a cgroup lets the container do with devices. */
export const deviceRule: Kind<string> = {
  meta: 'RULE',
  parse(text) {
    if (/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(text)) return text
    throw new InvalidValueError('must be TYPE MAJOR:MINOR MODE, such as "c 1:3 mr"')
  },
}

/** `all`, `2`, `device=0,driver=nvidia,"capabilities=compute,utility"`. */
export const gpus: Kind<DeviceRequest> = {
  meta: 'GPUS',
  parse(text) {
    const seen = new Set<string>()
    const request: DeviceRequest = {}
    for (const field of parseCsv(text)) {
      const [name, value] = cut(field, '=')
      const key = value === undefined ? 'count' : name
      if (seen.has(key)) throw new InvalidValueError(`has ${key} twice`)
      seen.add(key)
      Object.assign(request, gpuField(key, value ?? name, field))
    }
    if (!seen.has('count') && request.DeviceIDs === undefined) request.Count = 1
    return { Capabilities: [['gpu']], ...request }
  },
}

function gpuField(key: string, value: string, field: string): DeviceRequest {
  switch (key) {
    case 'driver':
      return { Driver: value }
    case 'count':
      return { Count: gpuCount(value) }
    case 'device':
      return { DeviceIDs: value.split(',') }
    case 'capabilities':
      return { Capabilities: [[...value.split(','), 'gpu']] }
    case 'options':
      return { Options: Object.fromEntries(parseCsv(value).map(pair)) }
    default:
      throw new InvalidValueError(
        `has ${quote(field)}, which is not a setting of GPUs`,
        'The settings: count, driver, device, capabilities, options.',
      )
  }
}

function pair(text: string): [name: string, value: string] {
  const [name, value = ''] = cut(text, '=')
  return [name, value]
}

function gpuCount(text: string): number {
  if (text === 'all') return -1
  if (/^[-+]?\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidValueError('must have a number of GPUs, or all')
}

/** `/dev/sda:1mb`: bytes a second of a device. */
export const byteRate: Kind<ThrottleDevice> = {
  meta: 'DEVICE:SIZE',
  parse(text) {
    const [path, rate] = ofDevice(text)
    return { Path: path, Rate: parseSize(rate) }
  },
}

/** `/dev/sda:1000`: operations a second of a device. */
export const operationRate: Kind<ThrottleDevice> = {
  meta: 'DEVICE:NUMBER',
  parse(text) {
    const [path, rate] = ofDevice(text)
    if (/^\d{1,15}$/.test(rate)) return { Path: path, Rate: Number(rate) }
    throw new InvalidValueError('must have a whole number after the device')
  },
}

/** `/dev/sda:100`: a weight of 10 to 1000, or 0. */
export const deviceWeight: Kind<{ Path: string; Weight: number }> = {
  meta: 'DEVICE:NUMBER',
  parse(text) {
    const [path, weight] = ofDevice(text)
    return { Path: path, Weight: parseWeight(weight) }
  },
}

/** A weight of 10 to 1000; 0 is the Engine's own. */
export const weight: Kind<number> = { meta: 'NUMBER', parse: parseWeight }

function parseWeight(text: string): number {
  const weight = /^\d{1,4}$/.test(text) ? Number(text) : -1
  if (weight === 0 || (weight >= 10 && weight <= 1000)) return weight
  throw new InvalidValueError('must have a weight from 10 to 1000, or 0')
}

function ofDevice(text: string): [path: string, value: string] {
  const [path, value] = cut(text, ':')
  if (path.startsWith('/dev/') && value !== undefined) return [path, value]
  throw new InvalidValueError('must be /dev/NAME:VALUE')
}

const limits = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
]

/** `nofile=1024` or `nofile=1024:4096`; -1 is no limit. */
export const ulimit: Kind<Ulimit> = {
  meta: 'NAME=SOFT[:HARD]',
  parse(text) {
    const [, name = '', soft, hard = soft] = /^([a-z]+)=(-?\d{1,15})(?::(-?\d{1,15}))?$/.exec(text) ?? []
    if (soft === undefined) {
      throw new InvalidValueError('must be NAME=SOFT or NAME=SOFT:HARD, such as nofile=1024:4096')
    }
    if (!limits.includes(name)) throw new InvalidValueError(`must limit one of ${limits.join(', ')}`)
    const limit = { Name: name, Soft: Number(soft), Hard: Number(hard) }
    if (limit.Hard !== -1 && (limit.Soft === -1 || limit.Soft > limit.Hard)) {
      throw new InvalidValueError('must not have a soft limit over the hard one')
    }
    return limit
  },
}
