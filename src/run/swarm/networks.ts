import type { ServicePort, TaskSpec } from '../../engine/swarm-wire.ts'
import type { ContainerConfig, EndpointSettings } from '../../engine/wire.ts'
import { refused } from './refused.ts'

type Network = NonNullable<TaskSpec['Networks']>[number]

/** The networks of a task; none where it gets the default one of its node. */
export function taskNetworks({ HostConfig = {}, NetworkingConfig = {} }: ContainerConfig): Network[] {
  const { NetworkMode: first = 'default' } = HostConfig
  const { EndpointsConfig: endpoints = {} } = NetworkingConfig
  if (first.startsWith('container:'))
    throw refused(`the network ${first}`, 'that container may be on another node')
  const names = [...new Set([first, ...Object.keys(endpoints)])]
  return names
    .filter(name => !['', 'default', 'bridge'].includes(name))
    .map(name => ({ Target: name, ...ofEndpoint(name, endpoints[name] ?? {}) }))
}

function ofEndpoint(
  name: string,
  { Aliases, DriverOpts, ...others }: EndpointSettings,
): Omit<Network, 'Target'> {
  const [field] = Object.entries(others).find(([, value]) => value !== undefined) ?? []
  if (field !== undefined)
    throw refused(`${field} of the network ${name}`, 'Swarm chooses the addresses of tasks by itself')
  return { ...(Aliases && { Aliases }), ...(DriverOpts && { DriverOpts }) }
}

/** The ports that each task publishes on its node. */
export function taskPorts({ HostConfig = {}, ExposedPorts = {} }: ContainerConfig): ServicePort[] {
  const { PortBindings = {} } = HostConfig
  const unpublished = Object.keys(ExposedPorts).find(port => !(port in PortBindings))
  if (unpublished !== undefined)
    throw refused(
      `the port ${unpublished}, which is exposed and not published,`,
      'Swarm knows published ports only',
    )
  return Object.entries(PortBindings).flatMap(([port, bindings]) =>
    bindings.map(({ HostIp = '', HostPort = '' }) => {
      if (HostIp !== '')
        throw refused(
          `the address ${HostIp} of a published port`,
          'Swarm publishes on all addresses of a node',
        )
      const [target, Protocol = 'tcp'] = port.split('/')
      return {
        Protocol: Protocol as NonNullable<ServicePort['Protocol']>,
        TargetPort: Number(target),
        ...(HostPort !== '' && { PublishedPort: Number(HostPort) }),
        PublishMode: 'host' as const,
      }
    }),
  )
}
