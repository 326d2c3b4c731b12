import type { EndpointSettings } from '../../engine/wire.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { ipVersion } from './ip.ts'
import { parseCsv } from './key-value.ts'
import { type Kind, ofPart } from './kind.ts'
import { parseInteger } from './scalar.ts'

/** A network to join, and how. */
export interface Attachment {
  name: string
  /** Undefined for a network that is only named. */
  settings?: EndpointSettings
}

/** What a key's value adds to the settings so far. */
type Key = (text: string, settings: EndpointSettings) => EndpointSettings

const keys = new Map<string, Key>([
  ['alias', (text, { Aliases = [] }) => ({ Aliases: [...Aliases, text] })],
  ['ip', (text, { IPAMConfig }) => ({ IPAMConfig: { ...IPAMConfig, IPv4Address: parseAddress(text) } })],
  ['ip6', (text, { IPAMConfig }) => ({ IPAMConfig: { ...IPAMConfig, IPv6Address: parseAddress(text) } })],
  ['mac-address', text => ({ MacAddress: parseMac(text) })],
  [
    'link-local-ip',
    (text, { IPAMConfig }) => ({
      IPAMConfig: { ...IPAMConfig, LinkLocalIPs: [...(IPAMConfig?.LinkLocalIPs ?? []), parseAddress(text)] },
    }),
  ],
  [
    'driver-opt',
    (text, { DriverOpts }) => {
      const [name, value] = cut(text, '=')
      if (name === '' || value === undefined) throw new InvalidValueError('must be NAME=VALUE')
      return { DriverOpts: { ...DriverOpts, [name.trim()]: value.trim() } }
    },
  ],
  ['gw-priority', text => ({ GwPriority: parseInteger(text, -2_147_483_648, 2_147_483_647) })],
])

/** A network's name, id or mode, or docker's long form: `name=net,alias=db,ip=10.0.0.5`. */
export const network: Kind<Attachment> = {
  meta: 'NETWORK',
  parse(text) {
    if (!/\w=\w/.test(text)) return { name: text }
    let name = ''
    let settings: EndpointSettings = {}
    for (const field of parseCsv(text)) {
      const [written, value = ''] = cut(field.toLowerCase(), '=')
      const key = written.trim()
      const parse = keys.get(key)
      if (key === 'name') name = value.trim()
      else if (parse === undefined) {
        throw new InvalidValueError(
          `has ${quote(field)}, which is not a setting of a network`,
          `The settings: name, ${[...keys.keys()].join(', ')}.`,
        )
      } else {
        settings = { ...settings, ...ofPart(`${key} ${quote(value)}`, () => parse(value.trim(), settings)) }
      }
    }
    if (name === '') throw new InvalidValueError('must have the name of a network', 'Add name=NETWORK.')
    return { name, settings }
  },
}

/** True for a network that docker network create made. */
export function isUserDefined(network: string): boolean {
  return !/^(default|bridge|host|none|container:.*|nat)?$/.test(network)
}

function parseAddress(text: string): string {
  if (ipVersion(text.trim()) !== 0) return text.trim()
  throw new InvalidValueError('must be an IP address')
}

/** An IP address. */
export const address: Kind<string> = { meta: 'ADDRESS', parse: parseAddress }

export const ipv4: Kind<string> = {
  meta: 'ADDRESS',
  parse(text) {
    if (ipVersion(text) === 4) return text
    throw new InvalidValueError('must be an IPv4 address')
  },
}

export const ipv6: Kind<string> = {
  meta: 'ADDRESS',
  parse(text) {
    if (ipVersion(text) === 6) return text
    throw new InvalidValueError('must be an IPv6 address')
  },
}

function parseMac(text: string): string {
  if (/^([0-9a-f]{2}([:-])[0-9a-f]{2}(\2[0-9a-f]{2}){4}|[0-9a-f]{4}(\.[0-9a-f]{4}){2})$/i.test(text))
    return text
  throw new InvalidValueError('must be a MAC address, such as 92:d0:c6:0a:29:33')
}

export const macAddress: Kind<string> = { meta: 'MAC', parse: parseMac }

/** `NAME:IP`, `NAME=IP`, `NAME:host-gateway`. */
export const extraHost: Kind<string> = {
  meta: 'NAME:IP',
  parse(text) {
    const [name, value = ''] = cut(text, text.includes('=') ? '=' : ':')
    const ip = value.replace(/^\[(.+)\]$/, '$1')
    if (name !== '' && !name.includes(':') && (ip === 'host-gateway' || ipVersion(ip.trim()) !== 0))
      return `${name}:${ip}`
    throw new InvalidValueError('must be NAME:IP or NAME:host-gateway')
  },
}

const domain = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)\.?\s*$/i

/** A domain to search names in; `.` is none. */
export const searchDomain: Kind<string> = {
  meta: 'DOMAIN',
  parse(text) {
    const trimmed = text.replace(/^ +| +$/g, '')
    const [, name] = domain.exec(trimmed) ?? []
    if (trimmed === '.') return trimmed
    if (name !== undefined && /[a-z]/i.test(name) && name.length < 255) return name
    throw new InvalidValueError('must be a domain, or . for none')
  },
}

/** `CONTAINER[:ALIAS]`. */
export const link: Kind<string> = {
  meta: 'CONTAINER[:ALIAS]',
  parse(text) {
    if (text !== '' && text.split(':').length < 3) return text
    throw new InvalidValueError('must be CONTAINER or CONTAINER:ALIAS')
  },
}
