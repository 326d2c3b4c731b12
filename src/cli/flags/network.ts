import type { EndpointSettings } from '../../engine/wire.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import {
  address,
  extraHost,
  ipv4,
  ipv6,
  isUserDefined,
  link,
  macAddress,
  network,
  searchDomain,
} from '../values/network.ts'
import { exposed, published } from '../values/ports.ts'
import { boolean, text } from '../values/scalar.ts'
import { type ContainerFlags, host } from './container.ts'
import { add, grouped, into, set } from './flag.ts'

/** What docker's flags say of a container's networks. */
export const networkFlags = grouped<ContainerFlags>('Network', [
  {
    name: 'network',
    alias: 'net',
    about:
      "A network's name or id, none, host, container:NAME, or name=...,alias=...,ip=...; repeat it to join more",
    ...into(network, (flags: ContainerFlags, { name, settings }) => {
      if (name === '') return
      const config = host(flags)
      const first = config.NetworkMode
      if (first === undefined) {
        config.NetworkMode = name
        if (settings !== undefined) checkAliases(name, settings)
        if (settings !== undefined) endpoints(flags)[name] = settings
        return
      }
      if (first === name || name in endpoints(flags)) throw new InvalidValueError('must not be named twice')
      if (!isUserDefined(first) || !isUserDefined(name)) {
        throw new InvalidValueError(
          `does not go with the network ${first}`,
          'Only networks of docker network create can be joined together.',
        )
      }
      // The Engine takes the first of several from here as well.
      endpoints(flags)[first] ??= {}
      endpoints(flags)[name] = settings ?? {}
    }),
  },
  {
    name: 'network-alias',
    alias: 'net-alias',
    about: 'A name of the container in the first network',
    ...into(text('NAME'), (flags: ContainerFlags, alias) => {
      const endpoint = firstEndpoint(flags)
      endpoint.Aliases = [...(endpoint.Aliases ?? []), alias]
      checkAliases(host(flags).NetworkMode ?? 'default', endpoint)
    }),
  },
  {
    name: 'link',
    about: 'Link to another container',
    ...into(link, (flags: ContainerFlags, link) => {
      const config = host(flags)
      config.Links = [...(config.Links ?? []), link]
      if (!isUserDefined(config.NetworkMode ?? 'default')) return
      const endpoint = firstEndpoint(flags)
      endpoint.Links = [...(endpoint.Links ?? []), link]
    }),
    sets: 'Links',
  },
  { name: 'ip', about: 'An IPv4 address in the first network', ...set(addresses, 'IPv4Address', ipv4) },
  { name: 'ip6', about: 'An IPv6 address in the first network', ...set(addresses, 'IPv6Address', ipv6) },
  {
    name: 'link-local-ip',
    about: 'A link-local address in the first network',
    ...add(addresses, 'LinkLocalIPs', address),
  },
  {
    name: 'mac-address',
    about: 'A MAC address in the first network',
    ...set(firstEndpoint, 'MacAddress', macAddress),
  },
  {
    name: 'publish',
    short: 'p',
    about: 'Publish a port of the container on the host',
    ...into(published, (flags: ContainerFlags, ports) => {
      const config = host(flags)
      const bindings = { ...config.PortBindings }
      for (const [port, binding] of ports) bindings[port] = [...(bindings[port] ?? []), binding]
      config.PortBindings = bindings
      expose(
        flags,
        ports.map(([port]) => port),
      )
    }),
  },
  { name: 'expose', about: 'Expose a port or a range of ports', ...into(exposed, expose) },
  {
    name: 'publish-all',
    short: 'P',
    about: "Publish all exposed ports on ports of the Engine's choice",
    ...set(host, 'PublishAllPorts', boolean),
  },
  { name: 'dns', about: 'A DNS server', ...add(host, 'Dns', address) },
  {
    name: 'dns-option',
    alias: 'dns-opt',
    about: 'An option of resolv.conf',
    ...add(host, 'DnsOptions', text('OPTION')),
  },
  { name: 'dns-search', about: 'A domain to search names in', ...add(host, 'DnsSearch', searchDomain) },
  { name: 'add-host', about: 'Add a name to /etc/hosts', ...add(host, 'ExtraHosts', extraHost) },
])

function endpoints({ container }: ContainerFlags): Record<string, EndpointSettings> {
  container.NetworkingConfig ??= {}
  container.NetworkingConfig.EndpointsConfig ??= {}
  return container.NetworkingConfig.EndpointsConfig
}

function firstEndpoint(flags: ContainerFlags): EndpointSettings {
  const name = host(flags).NetworkMode ?? 'default'
  const all = endpoints(flags)
  all[name] ??= {}
  return all[name]
}

function addresses(flags: ContainerFlags) {
  const endpoint = firstEndpoint(flags)
  endpoint.IPAMConfig ??= {}
  return endpoint.IPAMConfig
}

function checkAliases(network: string, { Aliases = [] }: EndpointSettings): void {
  if (Aliases.length === 0 || isUserDefined(network)) return
  throw new InvalidValueError('needs a network of docker network create', 'Add --network NAME.')
}

function expose({ container }: ContainerFlags, ports: readonly string[]): void {
  container.ExposedPorts = { ...container.ExposedPorts, ...Object.fromEntries(ports.map(port => [port, {}])) }
}
