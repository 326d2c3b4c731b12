import type { PortBinding } from '../../engine/wire.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import { cut } from '../cut.ts'
import { ipVersion } from './ip.ts'
import type { Kind } from './kind.ts'

/** A port of the container, and where on the host it is published. */
type Published = [port: string, binding: PortBinding]

const form = 'Write [[IP:]HOST-PORT:]PORT[/PROTOCOL], as 8080:80 or 127.0.0.1::53/udp. A port may be a range.'

/** `8080:80`, `127.0.0.1:8000-8009:80-89/udp`, or `published=8080,target=80`. */
export const published: Kind<Published[]> = {
  meta: '[[IP:]PORT:]PORT[/PROTOCOL]',
  parse(text) {
    const { ip, host, container, protocol } = split(text.includes('=') ? shortForm(text) : text)
    const [first, last] = range(container)
    const [hostFirst, hostLast] = host === '' ? [0, 0] : range(host)
    const single = first === last
    if (host !== '' && !single && last - first !== hostLast - hostFirst) {
      throw new InvalidValueError('must have ranges of the same length', form)
    }
    return Array.from({ length: last - first + 1 }, (_, at) => {
      const dynamic = single && hostFirst !== hostLast ? `-${hostLast}` : ''
      const HostPort = host === '' ? '' : `${hostFirst + at}${dynamic}`
      return [`${first + at}/${protocol}`, { HostIp: ip, HostPort }]
    })
  },
}

/** `80`, `80-90/udp`: ports of the container. */
export const exposed: Kind<string[]> = {
  meta: 'PORT[/PROTOCOL]',
  parse(text) {
    const { container, protocol } = split(text)
    const [first, last] = range(container)
    if (text.includes(':')) throw new InvalidValueError('must be PORT or PORT/PROTOCOL')
    return Array.from({ length: last - first + 1 }, (_, at) => `${first + at}/${protocol}`)
  },
}

function split(text: string): { ip: string; host: string; container: string; protocol: string } {
  const parts = text.split(':')
  const [container, proto = 'tcp'] = cut(parts.at(-1) ?? '', '/')
  const host = parts.at(-2) ?? ''
  const address = parts
    .slice(0, -2)
    .join(':')
    .replace(/^\[(.*)\]$/, '$1')
  const protocol = proto === '' ? 'tcp' : proto.toLowerCase()
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) {
    throw new InvalidValueError('must have tcp, udp or sctp as its protocol', form)
  }
  if (address !== '' && ipVersion(address) === 0)
    throw new InvalidValueError('must have an IP address before the ports', form)
  return { ip: address, host, container, protocol }
}

function range(text: string): [first: number, last: number] {
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  if (first === '' || Number(last) > 65_535 || Number(first) > Number(last)) {
    throw new InvalidValueError('must have ports from 0 to 65535', form)
  }
  return [Number(first), Number(last)]
}

function shortForm(text: string): string {
  const fields = new Map([['protocol', 'tcp']])
  for (const field of text.split(',')) {
    const [name, value] = cut(field, '=')
    if (value === undefined || name === '')
      throw new InvalidValueError('must be NAME=VALUE pairs, separated by commas')
    fields.set(name, value)
  }
  return `${fields.get('published') ?? ''}:${fields.get('target') ?? ''}/${fields.get('protocol')}`
}
