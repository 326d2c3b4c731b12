import { describe, expect, test } from 'vitest'
import type { ServiceSpec } from '../../../src/engine/swarm-wire.ts'
import type { ContainerConfig, HostConfig } from '../../../src/engine/wire.ts'
import { createBody } from '../../../src/run/container/body.ts'
import { HoldfastError } from '../../../src/run/failure.ts'
import type { RunOptions } from '../../../src/run/options.ts'
import { serviceSpec } from '../../../src/run/swarm/spec.ts'

const identity = { name: 'holdfast-k', labels: { 'dev.holdfast.run': 'r1' } }

function spec(given: Partial<RunOptions>): ServiceSpec {
  const options: RunOptions = { image: 'bb:1', swarm: {}, ...given }
  return JSON.parse(JSON.stringify(serviceSpec(options, createBody(options, {}), identity)))
}

const container = (HostConfig: HostConfig): Partial<RunOptions> => ({ container: { HostConfig } })

test('a plain job: one task, which runs once', () => {
  expect(spec({ command: ['sh', '-c', 'true'] })).toEqual({
    Name: 'holdfast-k',
    Labels: { 'dev.holdfast.run': 'r1' },
    TaskTemplate: {
      ContainerSpec: { Image: 'bb:1', Args: ['sh', '-c', 'true'], StopGracePeriod: 10e9 },
      RestartPolicy: { Condition: 'on-failure', Delay: 365 * 24 * 3600 * 1e9 },
    },
    Mode: { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } },
  })
})

describe("the task's container", () => {
  test.each<[string, Partial<RunOptions>, object]>([
    ['entrypoint', { entrypoint: ['sh', '-x'] }, { Command: ['sh', '-x'] }],
    ['env', { env: { A: '1', B: null, N: '{{.Task.Slot}}' } }, { Env: ['A=1', 'B', 'N={{.Task.Slot}}'] }],
    ['workdir and user', { workdir: '/w', user: '1:2' }, { Dir: '/w', User: '1:2' }],
    ["the user's labels, and none of ours", { labels: { a: 'b' } }, { Labels: { a: 'b' } }],
    ['init', { init: true }, { Init: true }],
    ['hostname', { container: { Hostname: 'h' } }, { Hostname: 'h' }],
    ['stop signal', { container: { StopSignal: 'SIGINT' } }, { StopSignal: 'SIGINT' }],
    ["the container's grace", { container: { StopTimeout: 3 } }, { StopGracePeriod: 3e9 }],
    ["the run's grace", { stopGrace: 1_500 }, { StopGracePeriod: 1.5e9 }],
    ['health check', { container: { Healthcheck: { Test: ['NONE'] } } }, { HealthCheck: { Test: ['NONE'] } }],
    ['groups', container({ GroupAdd: ['disk'] }), { Groups: ['disk'] }],
    ['read-only', container({ ReadonlyRootfs: true }), { ReadOnly: true }],
    [
      'hosts',
      container({ ExtraHosts: ['db:10.0.0.5', 'six:2001:db8::1', 'here:host-gateway'] }),
      { Hosts: ['10.0.0.5 db', '2001:db8::1 six', 'host-gateway here'] },
    ],
    [
      'dns',
      container({ Dns: ['1.1.1.1'], DnsSearch: ['a.example'], DnsOptions: ['ndots:1'] }),
      { DNSConfig: { Nameservers: ['1.1.1.1'], Search: ['a.example'], Options: ['ndots:1'] } },
    ],
    [
      'capabilities',
      container({ CapAdd: ['NET_RAW'], CapDrop: ['ALL'] }),
      { CapabilityAdd: ['NET_RAW'], CapabilityDrop: ['ALL'] },
    ],
    [
      'sysctls',
      container({ Sysctls: { 'net.core.somaxconn': '1' } }),
      { Sysctls: { 'net.core.somaxconn': '1' } },
    ],
    [
      'ulimits',
      container({ Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }] }),
      { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }] },
    ],
  ])('has %s', (_, options, expected) => {
    expect(spec(options).TaskTemplate.ContainerSpec).toEqual({
      Image: 'bb:1',
      StopGracePeriod: 10e9,
      ...expected,
    })
  })

  test.each<[string, Partial<RunOptions>, object]>([
    ['a bind', { volumes: ['/a:/b:ro'] }, { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: true }],
    [
      'a bind with propagation',
      { volumes: ['/a:/b:rslave'] },
      { Type: 'bind', Source: '/a', Target: '/b', BindOptions: { Propagation: 'rslave' } },
    ],
    [
      'a volume',
      { volumes: ['data:/b:nocopy'] },
      { Type: 'volume', Source: 'data', Target: '/b', VolumeOptions: { NoCopy: true } },
    ],
    ['an anonymous volume', { volumes: ['/b'] }, { Type: 'volume', Target: '/b' }],
    ['a mount as it is', { mounts: [{ Type: 'tmpfs', Target: '/t' }] }, { Type: 'tmpfs', Target: '/t' }],
    [
      'a tmpfs',
      container({ Tmpfs: { '/t': 'size=64m,mode=1777' } }),
      { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 64 * 2 ** 20, Mode: 0o1777 } },
    ],
    [
      '/dev/shm',
      container({ ShmSize: 1024 }),
      { Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: 1024 } },
    ],
  ])('mounts %s', (_, options, mount) => {
    expect(spec(options).TaskTemplate.ContainerSpec.Mounts).toEqual([mount])
  })
})

test.each<[string, Partial<RunOptions>, object]>([
  [
    'limits',
    { memory: 2 ** 20, cpus: 1.5, ...container({ PidsLimit: 7 }) },
    { Resources: { Limits: { NanoCPUs: 1.5e9, MemoryBytes: 2 ** 20, Pids: 7 } } },
  ],
  [
    'reservations',
    { swarm: { reserveMemory: 2 ** 20, reserveCpus: 0.5 } },
    { Resources: { Reservations: { NanoCPUs: 0.5e9, MemoryBytes: 2 ** 20 } } },
  ],
  [
    'placement',
    { platform: 'linux/arm64', swarm: { constraints: ['node.role==worker'], spread: ['node.labels.zone'] } },
    {
      Placement: {
        Constraints: ['node.role==worker'],
        Preferences: [{ Spread: { SpreadDescriptor: 'node.labels.zone' } }],
        Platforms: [{ OS: 'linux', Architecture: 'arm64' }],
      },
    },
  ],
  [
    'a log driver',
    container({ LogConfig: { Type: 'local', Config: { 'max-size': '1m' } } }),
    { LogDriver: { Name: 'local', Options: { 'max-size': '1m' } } },
  ],
  ['a network', { network: 'jobs' }, { Networks: [{ Target: 'jobs' }] }],
  [
    'networks with aliases',
    {
      container: {
        HostConfig: { NetworkMode: 'a' },
        NetworkingConfig: { EndpointsConfig: { a: { Aliases: ['x'] }, b: {} } },
      },
    },
    { Networks: [{ Target: 'a', Aliases: ['x'] }, { Target: 'b' }] },
  ],
  ["the node's default network", { network: 'bridge' }, {}],
])('the task has %s', (_, options, expected) => {
  const { ContainerSpec: _spec, RestartPolicy: _once, ...others } = spec(options).TaskTemplate
  expect(others).toEqual(expected)
})

test('replicas, and never more at a time than there are', () => {
  expect(spec({ swarm: { replicas: 20, maxConcurrent: 5 } }).Mode).toEqual({
    ReplicatedJob: { MaxConcurrent: 5, TotalCompletions: 20 },
  })
  expect(spec({ swarm: { replicas: 3 } }).Mode).toEqual({
    ReplicatedJob: { MaxConcurrent: 3, TotalCompletions: 3 },
  })
  expect(spec({ swarm: { replicas: 2, maxConcurrent: 9 } }).Mode).toEqual({
    ReplicatedJob: { MaxConcurrent: 2, TotalCompletions: 2 },
  })
})

test('ports are published on the node of the task', () => {
  const config: ContainerConfig = {
    ExposedPorts: { '80/tcp': {} },
    HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }], '53/udp': [{}] } },
  }
  expect(spec({ container: config }).EndpointSpec).toEqual({
    Ports: [
      { Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' },
      { Protocol: 'udp', TargetPort: 53, PublishMode: 'host' },
    ],
  })
})

describe('refused, before any request:', () => {
  test.each<[string, Partial<RunOptions>, RegExp]>([
    ['stdin', { stdin: '' }, /the option stdin/],
    ['a terminal', { tty: true }, /the field Tty/],
    ['copies in', { copyIn: [{ from: '/a', to: '/b' }] }, /copyIn .*configs and secrets/],
    ['copies out', { copyOut: [{ from: '/a', to: '/b' }] }, /copyOut .*volume/],
    ['a result file', { result: { file: '/r' } }, /result/],
    ['resources', { resources: true }, /resources/],
    [
      'devices',
      container({ Devices: [{ PathOnHost: '/d', PathInContainer: '/d', CgroupPermissions: 'r' }] }),
      /HostConfig.Devices/,
    ],
    ['gpus', container({ DeviceRequests: [{ Count: -1 }] }), /DeviceRequests.* generic resources/],
    ['volumes-from', container({ VolumesFrom: ['c'] }), /VolumesFrom.*another node/],
    ["another container's network", { network: 'container:c' }, /container:c/],
    ['privileges', container({ Privileged: true }), /Privileged/],
    ['a relative bind', { volumes: ['./a:/b'] }, /relative path .\/a/],
    ['a relative mount', { mounts: [{ Type: 'bind', Source: 'a', Target: '/b' }] }, /relative path a /],
    ['an unknown mount option', { volumes: ['/a:/b:z'] }, /z in the volume/],
    ['a tmpfs option', container({ Tmpfs: { '/t': 'noexec' } }), /noexec in the tmpfs/],
    [
      'an address to publish on',
      container({ PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1' }] } }),
      /127\.0\.0\.1/,
    ],
    ['an exposed port', { container: { ExposedPorts: { '80/tcp': {} } } }, /80\/tcp, which is exposed/],
    [
      'a fixed address',
      { container: { NetworkingConfig: { EndpointsConfig: { a: { MacAddress: 'x' } } } } },
      /MacAddress/,
    ],
    ['memory reservation', container({ MemoryReservation: 1 }), /swarm.reserveMemory/],
    ['a restart policy', container({ RestartPolicy: { Name: 'always' } }), /runs once/],
  ])('%s', (_, options, message) => {
    try {
      spec(options)
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      expect(error.kind).toBe('usage')
      expect(error.message).toMatch(message)
      return
    }
    expect.unreachable()
  })

  test('what is set to nothing is no reason', () => {
    const host: HostConfig = { Privileged: false, Devices: [], RestartPolicy: { Name: 'no' }, MemorySwap: 0 }
    expect(spec({ tty: false, ...container(host) })).toEqual(spec({}))
  })
})
