import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Command } from '../../src/cli/command.ts'
import { type CheckFlags, check } from '../../src/cli/commands/check.ts'
import { type PullFlags, pull } from '../../src/cli/commands/pull.ts'
import { run } from '../../src/cli/commands/run.ts'
import { dryRun, runRequest } from '../../src/cli/commands/run-request.ts'
import { commands } from '../../src/cli/commands.ts'
import { explain } from '../../src/cli/explain.ts'
import type { RunFlags } from '../../src/cli/flags/run.ts'
import { parse, readArguments } from '../../src/cli/grammar.ts'
import { UsageError } from '../../src/cli/usage.ts'
import { random, tries } from '../support/random.ts'
import { failure } from './failure.ts'
import { said } from './said.ts'
import { world } from './world.ts'

const files = {
  '/work/dir/one': 'A=file\nB=file\nHOME',
  '/two': 'B=two\nC=two',
  '/labels': 'x=file\ny=2\nz',
  '/seccomp': '{ "a": 1 }',
  '/body.json': '{"User":"b","HostConfig":{"CapDrop":["ALL"]}}',
}
const here = world({ HOME: '/root' }, files)

/** What a command's arguments say. */
function read<Target>(command: Command<Target>, argv: readonly string[], context = here) {
  const given = parse(command, argv, context)
  if (given === 'help') throw new Error('got help')
  return given
}

const runFlags = (...argv: string[]): RunFlags => read(run, argv).flags
const pullFlags = (...argv: string[]): PullFlags => read(pull, argv).flags
const checkFlags = (...argv: string[]): CheckFlags => read(check, argv).flags

function request(...argv: string[]) {
  const { flags, operands } = read(run, argv)
  return runRequest(flags, operands)
}

test('a run with nothing but an image', () => {
  expect(request('alpine')).toEqual({ image: 'alpine', container: {} })
})

test('what follows the image is the command', () => {
  expect(request('-t', 'alpine', 'ls', '-t', '--rm=never', '--help')).toEqual({
    image: 'alpine',
    container: { Tty: true, Cmd: ['ls', '-t', '--rm=never', '--help'] },
  })
})

type Cases = Array<[argv: string[], given: object]>

/** What the flags for making images local put into the options: the same for run and pull. */
const pulling: Cases = [
  [['--platform', 'linux/arm64'], { platform: 'linux/arm64' }],
  [['--platform=linux/arm64', '--platform', ''], {}],
  [['--pull-timeout', '5m'], { pullTimeout: { total: 300_000 } }],
  [['--pull-timeout', '1h', '--pull-timeout=connect=5s,idle=0'], { pullTimeout: { connect: 5000, idle: 0 } }],
  [['--engine-grace', '90s'], { engineGrace: 90_000 }],
  [['--breaker', '/var/lib/x'], { breaker: '/var/lib/x' }],
]

const pullingOthers: Cases = [
  [['--registry-user', 'ci', '--registry-password-stdin'], { registryUser: 'ci', passwordStdin: true }],
  [['--registry-password-stdin=false'], { passwordStdin: false }],
  [['--progress', 'plain'], { progress: 'plain' }],
  [['-q'], { quiet: true }],
]

/** What the flags for when a registry is contacted put into the options: the same for run and check. */
const policies: Cases = [
  [['--pull', 'always', '--pull=never'], { pull: 'never' }],
  [['--pull=refresh', '--stale-if', 'any'], { pull: 'refresh', staleIf: 'any' }],
  [['--max-stale', '7d', '--pull', 'refresh'], { pull: 'refresh', maxStale: 604_800_000 }],
]

const engines: Cases = [
  [['--audit', 'a'], { audit: 'a' }],
  [['--append'], { append: true }],
  [['--log-format', 'text'], {}],
  [['-H', 'tcp://x:1'], { engine: { host: 'tcp://x:1' } }],
  [['-H', 'tcp://x:1', '--host', 'tcp://y:1'], { engine: { host: ['tcp://x:1', 'tcp://y:1'] } }],
  [['--context', 'farm', '--config=/c'], { engine: { context: 'farm', config: '/c' } }],
  [['--host', '', '--context', 'a', '--context', '', '--config='], { engine: {} }],
]

const options: Cases = [
  [
    ['--copy-in', './a:/a', '--copy-in=b:/b/.'],
    {
      copyIn: [
        { from: './a', to: '/a' },
        { from: 'b', to: '/b/.' },
      ],
    },
  ],
  [['--copy-out', '/a/.:.'], { copyOut: [{ from: '/a/.', to: '.' }] }],
  [['--copy-limit', 'bytes=0,idle=1m'], { copyLimits: { bytes: 0, idle: 60_000 } }],
  [['--result', 'last-line'], { result: 'last-line' }],
  [['--resources'], { resources: true }],
  [['--record-failure', 'f'], { recordFailure: 'f' }],
  [['--result=/out/result.json'], { result: { file: '/out/result.json' } }],
  [['--idle-timeout', '5m'], { idleTimeout: 300_000 }],
  [['--skip-exit-code', '99', '--skip-exit-code=3'], { skipExitCodes: [99, 3] }],
  ...pulling,
  ...policies,
  [['--name', 'job'], { name: 'job' }],
  [['--name', ''], {}],
  [['--rm'], { remove: 'always' }],
  [['--rm=true'], { remove: 'always' }],
  [['--rm=false'], { remove: 'never' }],
  [['--rm=success'], { remove: 'success' }],
  [['--timeout', '1h30m'], { timeout: 5_400_000 }],
  [['--job', 'nightly-7'], { job: 'nightly-7' }],
  [['-d', '--job', 'a'], { detach: true, job: 'a' }],
  [
    ['--secret', 'name=a,src=./a', '--secret=name=b,env=B'],
    { secrets: { a: { file: './a' }, b: { env: 'B' } } },
  ],
  [['--tmp-dir', '/big:/work'], { tmpDir: { from: '/big', to: '/work' } }],
]

const host = (HostConfig: object) => ({ HostConfig })
const endpoint = (name: string, settings: object) => ({
  NetworkingConfig: { EndpointsConfig: { [name]: settings } },
})

/** The flags of docker run that few need. A live test compares all flags with docker itself. */
const dockerFlags: Cases = [
  [['--memory-reservation', '1m'], host({ MemoryReservation: 2 ** 20 })],
  [['--memory-swap', '-1'], host({ MemorySwap: -1 })],
  [['--memory-swappiness', '60'], host({ MemorySwappiness: 60 })],
  [['--oom-kill-disable'], host({ OomKillDisable: true })],
  [['--oom-score-adj', '-500'], host({ OomScoreAdj: -500 })],
  [['-c', '512'], host({ CpuShares: 512 })],
  [['--cpu-period', '1000'], host({ CpuPeriod: 1000 })],
  [['--cpu-quota', '500'], host({ CpuQuota: 500 })],
  [['--cpu-rt-period', '1'], host({ CpuRealtimePeriod: 1 })],
  [['--cpu-rt-runtime', '1'], host({ CpuRealtimeRuntime: 1 })],
  [['--cpuset-cpus', '0-1'], host({ CpusetCpus: '0-1' })],
  [['--cpuset-mems', '0'], host({ CpusetMems: '0' })],
  [['--cpu-count', '2'], host({ CpuCount: 2 })],
  [['--cpu-percent', '50'], host({ CpuPercent: 50 })],
  [['--pids-limit', '100'], host({ PidsLimit: 100 })],
  [['--blkio-weight', '100'], host({ BlkioWeight: 100 })],
  [['--blkio-weight-device', '/dev/a:10'], host({ BlkioWeightDevice: [{ Path: '/dev/a', Weight: 10 }] })],
  [['--device-read-bps', '/dev/a:1k'], host({ BlkioDeviceReadBps: [{ Path: '/dev/a', Rate: 1024 }] })],
  [['--device-read-iops', '/dev/a:5'], host({ BlkioDeviceReadIOps: [{ Path: '/dev/a', Rate: 5 }] })],
  [['--device-write-bps', '/dev/a:1k'], host({ BlkioDeviceWriteBps: [{ Path: '/dev/a', Rate: 1024 }] })],
  [['--device-write-iops', '/dev/a:5'], host({ BlkioDeviceWriteIOps: [{ Path: '/dev/a', Rate: 5 }] })],
  [['--io-maxbandwidth', '1k'], host({ IOMaximumBandwidth: 1024 })],
  [['--io-maxiops', '5'], host({ IOMaximumIOps: 5 })],
  [['--gpus', 'all'], host({ DeviceRequests: [{ Capabilities: [['gpu']], Count: -1 }] })],
  [
    ['--device', '/dev/a', '--device', 'v.com/c=0', '--device', 'v.com/c=1'],
    host({
      Devices: [{ PathOnHost: '/dev/a', PathInContainer: '/dev/a', CgroupPermissions: 'rwm' }],
      DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['v.com/c=0', 'v.com/c=1'] }],
    }),
  ],
  [['--device-cgroup-rule', 'c 1:3 mr'], host({ DeviceCgroupRules: ['c 1:3 mr'] })],
  [
    ['--ip', '10.0.0.1', '--network-alias', 'x', '--network', 'mine'],
    {
      ...host({ NetworkMode: 'mine' }),
      ...endpoint('mine', { Aliases: ['x'], IPAMConfig: { IPv4Address: '10.0.0.1' } }),
    },
  ],
  [['--ip6', '::1'], { ...host({}), ...endpoint('default', { IPAMConfig: { IPv6Address: '::1' } }) }],
  [
    ['--link-local-ip', '::1'],
    { ...host({}), ...endpoint('default', { IPAMConfig: { LinkLocalIPs: ['::1'] } }) },
  ],
  [
    ['--mac-address', '92:d0:c6:0a:29:33'],
    { ...host({}), ...endpoint('default', { MacAddress: '92:d0:c6:0a:29:33' }) },
  ],
  [['--link', 'db:x'], host({ Links: ['db:x'] })],
  [
    ['-p', '8080:80', '--expose', '90'],
    {
      ExposedPorts: { '80/tcp': {}, '90/tcp': {} },
      ...host({ PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] } }),
    },
  ],
  [['-P'], host({ PublishAllPorts: true })],
  [['--dns', '1.1.1.1'], host({ Dns: ['1.1.1.1'] })],
  [['--dns-opt', 'a', '--dns-option', 'b'], host({ DnsOptions: ['a', 'b'] })],
  [['--dns-search', 'a.b'], host({ DnsSearch: ['a.b'] })],
  [['--add-host', 'a=1.2.3.4'], host({ ExtraHosts: ['a:1.2.3.4'] })],
  [['-l', 'x=flag', '--label-file', '/labels'], { Labels: { x: 'flag', y: '2' } }],
  [['--annotation', 'a=b'], host({ Annotations: { a: 'b' } })],
  [['-h', 'x', '--domainname', 'y'], { Hostname: 'x', Domainname: 'y' }],
  [['--stop-signal', 'INT'], { StopSignal: 'INT' }],
  [['--runtime', 'x'], host({ Runtime: 'x' })],
  [['--cgroup-parent', 'x'], host({ CgroupParent: 'x' })],
  [['--sysctl', 'net.a=1'], host({ Sysctls: { 'net.a': '1' } })],
  [['--log-opt', 'a=b', '--log-driver', 'x'], host({ LogConfig: { Type: 'x', Config: { a: 'b' } } })],
  [['--read-only', '--shm-size', '1m'], host({ ReadonlyRootfs: true, ShmSize: 2 ** 20 })],
  [['--tmpfs', '/a', '--tmpfs', '/b:size=1m'], host({ Tmpfs: { '/a': '', '/b': 'size=1m' } })],
  [['--volumes-from', 'x', '--volume-driver', 'y'], host({ VolumesFrom: ['x'], VolumeDriver: 'y' })],
  [['--storage-opt', 'size=1'], host({ StorageOpt: { size: '1' } })],
  [['--cap-add', 'X', '--privileged'], host({ CapAdd: ['X'], Privileged: true })],
  [
    [
      '--security-opt',
      'no-new-privileges',
      '--security-opt',
      'systempaths=unconfined',
      '--security-opt',
      'seccomp=/seccomp',
    ],
    host({ SecurityOpt: ['no-new-privileges', 'seccomp={"a":1}'], MaskedPaths: [], ReadonlyPaths: [] }),
  ],
  [['--group-add', 'x'], host({ GroupAdd: ['x'] })],
  [
    ['--userns', 'host', '--cgroupns', 'private', '--ipc', 'none', '--pid', 'container:x', '--uts', 'host'],
    host({
      UsernsMode: 'host',
      CgroupnsMode: 'private',
      IpcMode: 'none',
      PidMode: 'container:x',
      UTSMode: 'host',
    }),
  ],
  [
    ['--health-cmd', 'x', '--health-interval', '5s', '--health-timeout', '1s', '--health-retries', '2'],
    { Healthcheck: { Test: ['CMD-SHELL', 'x'], Interval: 5e9, Timeout: 1e9, Retries: 2 } },
  ],
  [
    ['--health-start-period', '1m', '--health-start-interval', '500ms'],
    { Healthcheck: { StartPeriod: 6e10, StartInterval: 5e8 } },
  ],
  [['--no-healthcheck'], { Healthcheck: { Test: ['NONE'] } }],
  [
    ['--container-json', '/body.json', '-u', 'a', '-m', '1m'],
    { User: 'b', ...host({ Memory: 2 ** 20, CapDrop: ['ALL'] }) },
  ],
  [['--restart', 'no', '--sig-proxy=true', '--isolation=default', '--disable-content-trust'], {}],
]

/** What the flags put into Docker's create body. */
const container: Cases = [
  [['-e', 'A=b', '--env=C', '-eHOME'], { Env: ['A=b', 'C', 'HOME=/root'] }],
  [['-e__proto__=x'], { Env: ['__proto__=x'] }],
  [['--env-file', 'one'], { Env: ['A=file', 'B=file', 'HOME=/root'] }],
  [
    ['-e', 'A=flag', '--env-file=one', '--env-file=/two'],
    { Env: ['A=file', 'B=file', 'HOME=/root', 'B=two', 'C=two', 'A=flag'] },
  ],
  [['-v', './a:/b', '--volume=/c'], { Volumes: { '/c': {} }, HostConfig: { Binds: ['/work/dir/a:/b'] } }],
  [
    ['--mount', 'type=bind,src=.,dst=/b', '--mount', 'dst=/c'],
    {
      HostConfig: {
        Mounts: [
          { Type: 'bind', Source: '/work/dir', Target: '/b' },
          { Type: 'volume', Target: '/c' },
        ],
      },
    },
  ],
  [['-w', '/a', '--workdir', '/b'], { WorkingDir: '/b' }],
  [['-w', '/a', '-w', ''], { WorkingDir: '' }],
  [['-u', '1:2'], { User: '1:2' }],
  [['--entrypoint', '/sh'], { Entrypoint: ['/sh'] }],
  [['--entrypoint', ''], { Entrypoint: [''] }],
  [['--network', 'host'], { HostConfig: { NetworkMode: 'host' } }],
  [['--net=container:x'], { HostConfig: { NetworkMode: 'container:x' } }],
  [['-m', '1g'], { HostConfig: { Memory: 1024 ** 3 } }],
  [['--cpus', '1.5'], { HostConfig: { NanoCpus: 1.5e9 } }],
  [['-l', 'a=b', '--label', 'c'], { Labels: { a: 'b', c: '' } }],
  [['-l', '__proto__=x'], { Labels: Object.fromEntries([['__proto__', 'x']]) }],
  [['--init'], { HostConfig: { Init: true } }],
  [['--init=false'], { HostConfig: { Init: false } }],
  [['-t=true'], { Tty: true }],
  [['-t', '--tty=0'], { Tty: false }],
  ...dockerFlags,
  [['--cap-drop', 'ALL', '--cap-drop=CHOWN'], { HostConfig: { CapDrop: ['ALL', 'CHOWN'] } }],
  [
    ['--ulimit', 'nofile=1024:2048', '--ulimit', 'core=0'],
    {
      HostConfig: {
        Ulimits: [
          { Name: 'nofile', Soft: 1024, Hard: 2048 },
          { Name: 'core', Soft: 0, Hard: 0 },
        ],
      },
    },
  ],
]

const swarms: Cases = [
  [['--swarm'], { onSwarm: true, swarm: {} }],
  [
    ['--constraint', 'node.role==worker', '--constraint=node.labels.a!=b'],
    { swarm: { constraints: ['node.role==worker', 'node.labels.a!=b'] } },
  ],
  [['--placement-pref', 'spread=node.labels.zone'], { swarm: { spread: ['node.labels.zone'] } }],
  [['--replicas', '20', '--max-concurrent=5'], { swarm: { replicas: 20, maxConcurrent: 5 } }],
  [
    ['--reserve-memory', '1g', '--reserve-cpus', '.5'],
    { swarm: { reserveMemory: 2 ** 30, reserveCpus: 0.5 } },
  ],
  [
    ['--secret', 'db', '--swarm', '--secret=source=key,target=/k,uid=1,gid=2,mode=0400'],
    {
      swarm: {
        secrets: [{ source: 'db' }, { source: 'key', target: '/k', uid: '1', gid: '2', mode: 0o400 }],
      },
    },
  ],
  [
    ['--swarm-config', 'src=app,target=/app.conf'],
    { swarm: { configs: [{ source: 'app', target: '/app.conf' }] } },
  ],
  [['--pending-timeout', '5m'], { swarm: { pendingTimeout: 300_000 } }],
]

const others: Cases = [
  ...swarms,
  ...pullingOthers,
  ...engines,
  [['-i'], { interactive: true }],
  [['-i', '-i=false'], { interactive: false }],
  [['--detach-keys', 'ctrl-p,q'], { detachKeys: Uint8Array.of(16, 113) }],
  [['--outcome', '-'], { outcome: '-' }],
  [['--events', 'f'], { events: 'f' }],
  [['-a', 'STDOUT', '--attach', 'stderr'], { attach: ['stdout', 'stderr'] }],
  [['--cidfile', 'f'], { cidfile: 'f' }],
  [['--dry-run'], { dryRun: true }],
  [['--fail-on-gap'], { failOnGap: true }],
  [['--stop-timeout', '5'], { container: { StopTimeout: 5 }, options: { stopGrace: 5000 } }],
  [['--stop-timeout', '-1'], { container: { StopTimeout: -1 }, options: {} }],
]

/** The flags that these cases give, by name. */
function given<Target>(command: Command<Target>, ...cases: Cases): string[] {
  const argv = cases.flatMap(([argv]) => argv)
  return [...new Set(readArguments(command, argv).given.map(({ flag }) => flag.name))].sort()
}

function flagsOf<Target>(command: Command<Target>): string[] {
  return command.flags.flatMap(flag => ('refused' in flag ? [] : [flag.name])).sort()
}

describe('each flag of run', () => {
  test.each(options)('%j', (argv, options) => {
    expect(runFlags(...argv, 'alpine').options).toEqual(options)
  })

  test.each(container)('%j', (argv, body) => {
    expect(runFlags(...argv, 'alpine').container).toEqual(body)
  })

  test.each(others)('%j', (argv, fields) => {
    expect(runFlags(...argv, 'alpine')).toMatchObject(fields)
  })

  test('of the table is among these', () => {
    expect(given(run, ...options, ...container, ...others)).toEqual(flagsOf(run))
  })
})

const refusedOnSwarm = async (argv: string[]) => {
  try {
    const { flags, operands } = read(run, ['--swarm', ...argv, 'alpine'])
    await dryRun(runRequest(flags, operands), flags)
    return []
  } catch (error) {
    return explain(error)
  }
}

test('a flag that a Swarm has no use for is refused by its own name', async () => {
  const lines: Array<[flags: string[], first: string]> = []
  for (const [argv] of [...options, ...container, [['-i'], {}] as const]) {
    const [first, hint] = await refusedOnSwarm([...argv])
    if (first === undefined) continue
    expect(`${first} ${hint}`).not.toMatch(/the (option|field)/i)
    lines.push([
      readArguments(run, argv).given.flatMap(({ flag, where }) => [where, `--${flag.name}`]),
      first,
    ])
  }
  // CDI devices go the way of --gpus.
  const elsewhere = /DeviceRequests|the network|the port|the address|MacAddress|IPAMConfig|Links/
  const unnamed = lines.filter(
    ([flags, text]) => !flags.some(flag => text.includes(flag)) && !elsewhere.test(text),
  )
  expect(unnamed).toEqual([])
  expect(lines.length).toBeGreaterThan(40)
})

describe('each flag of pull', () => {
  const own: Cases = [
    [['--parallel', '8'], { parallel: 8 }],
    [['--file', '-'], { file: '-' }],
    [['--json'], { json: true }],
    [['--all-hosts'], { allHosts: true }],
  ]

  test.each(pulling)('%j', (argv, options) => {
    expect(pullFlags('alpine', ...argv).options).toEqual(options)
  })

  test.each([...pullingOthers, ...engines, ...own])('%j', (argv, fields) => {
    expect(pullFlags(...argv, 'alpine')).toMatchObject(fields)
  })

  test('of the table is among these', () => {
    expect(given(pull, ...pulling, ...pullingOthers, ...engines, ...own)).toEqual(flagsOf(pull))
  })
})

describe('each flag of check', () => {
  const options: Cases = [[['--platform=linux/arm64'], { platform: 'linux/arm64' }], ...policies]
  const own: Cases = [
    [['--file', '-'], { file: '-' }],
    [['--json', '--json=false'], { json: false }],
    [['--all-hosts'], { allHosts: true }],
  ]

  test.each(options)('%j', (argv, options) => {
    expect(checkFlags('alpine', ...argv).options).toEqual(options)
  })

  test.each([...engines, ...own])('%j', (argv, fields) => {
    expect(checkFlags(...argv, 'alpine')).toMatchObject(fields)
  })

  test('of the table is among these', () => {
    expect(given(check, ...options, ...engines, ...own)).toEqual(flagsOf(check))
  })
})

test('all that is refused is said at once', async () => {
  const argv = [
    '--restart',
    'always',
    '--kernel-memory',
    '1g',
    '-d',
    '-m',
    'big',
    '--no-healthcheck',
    '--health-cmd',
    'x',
  ]
  const { stderr } = await said('run', ...argv, 'alpine')
  const usage = stderr.split('\n').filter(line => line.startsWith('holdfast: usage: '))
  expect(usage.map(line => line.replace('holdfast: usage: ', ''))).toEqual([
    expect.stringContaining('--kernel-memory is not supported by holdfast run'),
    '-d needs --job',
    '-m "big" must be a number with a unit, such as 512m or 1.5g',
    '--no-healthcheck does not go with --health-* flags',
    '--restart "always" is not supported by holdfast run',
  ])
  expect(stderr).toContain('\nholdfast: Use --memory.\n')
})

test('every flag that is refused names what to use', () => {
  for (const command of commands)
    for (const flag of command.flags) if ('refused' in flag) expect(flag.instead).toMatch(/^\p{Lu}.*\.$/u)
})

test.each([
  [['run'], 'holdfast run needs an IMAGE'],
  [['run', '-t'], 'holdfast run needs an IMAGE'],
  [['run', '--'], 'holdfast run needs an IMAGE'],
  [['pull'], 'holdfast pull needs an IMAGE'],
  [['check', '--json'], 'holdfast check needs an IMAGE'],
  [['check', '--file=', 'i'], '--file "" must be a path'],
  [['check', '--stale-if', 'any', 'i'], '--stale-if "any" needs --pull refresh'],
  [['run', '--stale-if', 'any', 'i'], '--stale-if "any" needs --pull refresh'],
  [['run', '--max-stale', '1d', '--pull=missing', 'i'], '--max-stale "1d" needs --pull refresh'],
  [['run', '--pull=refresh', '--stale-if', 'denied', 'i'], '--stale-if "denied" must be one of outage, any'],
  [['run', '--pull=refresh', '--max-stale', '0s', 'i'], '--max-stale "0s" must be greater than 0'],
  [['run', '--pull-timeout', '30', 'i'], '--pull-timeout "30" must have a unit'],
  [['run', '--pull-timeout', 'idle=30', 'i'], '--pull-timeout idle "30" must have a unit'],
  [['run', '--breaker', '', 'i'], '--breaker "" must be a path'],
  [['run', '--progress', 'bars', 'i'], '--progress "bars" must be one of auto, plain, none'],
  [['run', '--registry-user', 'ci', 'i'], '--registry-user needs --registry-password-stdin'],
  [['pull', '--registry-user', 'ci', 'i'], '--registry-user needs --registry-password-stdin'],
  [['pull', '--registry-password-stdin', 'i'], '--registry-password-stdin needs --registry-user'],
  [['pull', '--registry-user=', 'i'], "--registry-user must be a user's name"],
  [
    ['run', '-i', '--registry-user=ci', '--registry-password-stdin', 'i'],
    '--registry-password-stdin and -i both read stdin',
  ],
  [
    ['pull', '--registry-user=ci', '--registry-password-stdin', '--file', '-'],
    '--registry-password-stdin and --file - both read stdin',
  ],
  [['pull', '--parallel', '0', 'i'], '--parallel "0" must be a whole number from 1 to 9999'],
  [['run', '-m', 'big', 'i'], '-m "big" must be a number with a unit, such as 512m or 1.5g'],
  [['run', '--init=maybe', 'i'], '--init "maybe" must be true or false'],
  [['run', '--pull', 'sometimes', 'i'], '--pull "sometimes" must be one of missing, always, never, refresh'],
  [['run', '--rm=force', 'i'], '--rm "force" must be one of always, success, never'],
  [['run', '--outcome', '', 'i'], '--outcome "" must be a path'],
  [['run', '--audit=', 'i'], '--audit "" must be a path'],
  [['run', '--env-file', '/gone', 'i'], '--env-file "/gone" cannot be read: there is no such file'],
  [['run', '--mount', 'dst=d', 'i'], '--mount target "d" must be an absolute path'],
  [['run', '--network', 'b', '--net', 'b', 'i'], '--net "b" must not be named twice'],
  [['run', '--network', 'name=a,ip=x', 'i'], '--network ip "x" must be an IP address'],
  [['run', '--restart', 'always', 'i'], '--restart "always" is not supported by holdfast run'],
  [['run', '--sig-proxy=false', 'i'], '--sig-proxy "false" is not supported by holdfast run'],
  [['run', '-d', 'i'], '-d needs --job'],
  [['run', '--name', 'ab', '--job', 'a', 'i'], '--job "a" makes the name of the container'],
  [
    ['run', '--job', 'a/b', 'i'],
    '--job "a/b" must be 1 to 128 of a-z A-Z 0-9 _ . - and begin with a letter or a digit',
  ],
  [['run', '--replicas', '2', 'i'], 'the flags of a job on a Swarm need --swarm'],
  [['run', '--swarm', '--replicas', '0', 'i'], '--replicas "0" must be a whole number'],
  [
    ['run', '--swarm', '--placement-pref', 'zone', 'i'],
    '--placement-pref "zone" must be spread=LABEL, such as spread=node.labels.zone',
  ],
  [['run', '--swarm', '--secret', 'x=y', 'i'], '--secret has "x=y", which is not a key of it'],
  [['run', '--swarm', '--secret', 'target=/a', 'i'], '--secret must have a name'],
  [
    ['run', '--swarm', '--secret', 'source=a,mode=9', 'i'],
    '--secret mode "9" must be an octal file mode, such as 0440',
  ],
  [
    ['run', '-v', './a:/b', '--swarm', 'i'],
    '-v "./a:/b" must not have a relative path with --swarm: each node has files of its own',
  ],
  [
    ['run', '--swarm', '--mount', 'type=bind,src=./a,dst=/b', 'i'],
    '--mount must not have a relative path with --swarm: each node has files of its own',
  ],
  [['run', '-H', 'a', '--context', 'b', 'i'], '--context "b" and --host both say where the Engine is'],
  [['pull', '--context', 'b', '-H', 'a', 'i'], '--context "b" and --host both say where the Engine is'],
  [['version', 'x'], 'holdfast version takes no argument, and got "x"'],
  [['version', '-q'], '"-q" is not a flag of holdfast version'],
  [['pull', '-a', 'x'], '-a (--all-tags) is not supported by holdfast pull: it pulls what is named'],
  [['record', '--', 'true'], 'holdfast record needs --out FILE'],
  [['record', '--out', 'f'], 'holdfast record needs a COMMAND'],
  [['replay'], 'holdfast replay needs a FILE'],
  [['replay', '--cut', '2', 'f'], '--cut "2" must be whole, 1, or random: and a number'],
  [['rnu'], '"rnu" is not a command of holdfast'],
  [[''], '"" is not a command of holdfast'],
  [['help', 'rnu'], '"rnu" is not a command of holdfast'],
  [['help', 'run', 'x'], 'holdfast help takes one command'],
  [['--host=tcp://x', 'run', 'i'], '"--host" stands before the command'],
  [['-h'], '"-h" stands before the command'],
  [['\u001b[2J'], '"\\u001b[2J" is not a command of holdfast'],
])('%j: %s', async (argv, message) => {
  const { status, stdout, stderr } = await said(...argv)
  expect(stderr.split('\n')[0]).toBe(`holdfast: usage: ${message}`)
  expect(stderr).toMatch(/^(holdfast: .+\n){1,2}$/)
  expect(stdout).toBe('')
  expect(status).toBe(125)
})

test('a command that is close is suggested', async () => {
  expect((await said('rnu')).stderr).toContain('Did you mean holdfast run?')
})

test.each([
  [['run', '-e', '=hunter2', 'i']],
  [['-ehunter2', 'run', 'i']],
  [['--env=hunter2', 'run', 'i']],
  [['run', '--registry-password=hunter2', 'i']],
  [['pull', '--registry-password', 'hunter2', 'i']],
  [['pull', '-registry-password=hunter2', 'i']],
  [['pull', '--registry-password-stdin=hunter2', 'i']],
  [['pull', '--registry-user=ci:hunter2', 'i']],
  [['run', '--mount', 'dst=d,volume-opt=o=hunter2', 'i']],
  [['run', '-l', '=hunter2', 'i']],
  [['--registry-password=hunter2', 'pull', 'i']],
])('a secret is not shown: %j', async argv => {
  const { status, stderr } = await said(...argv)
  expect(status).toBe(125)
  expect(stderr).not.toContain('hunter2')
})

test('an error of a secret value has it nowhere', () => {
  const error = failure(() => runFlags('-e', '=hunter2', 'i'))
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
})

test('a password does not belong into the arguments', async () => {
  expect((await said('pull', '--registry-password=x', 'i')).stderr).toContain(
    'Write --registry-password-stdin, and pass it on stdin.',
  )
})

test.each([
  [[], 'COMMAND'],
  [['--help'], 'COMMAND'],
  [['help'], 'COMMAND'],
  [['help', 'run'], 'run'],
  [['run', '--help'], 'run'],
  [['run', '-m', 'big', '--help', 'alpine'], 'run'],
  [['run', '--help=true'], 'run'],
  [['pull', 'alpine', '--help'], 'pull'],
  [['check', '--help'], 'check'],
  [['version', '--help'], 'version'],
])('%j is help on %s', async (argv, topic) => {
  const { status, stdout, stderr } = await said(...argv)
  expect(stdout).toMatch(new RegExp(`^Usage: holdfast ${topic} `))
  expect([status, stderr]).toEqual([0, ''])
})

test.each(['--version', '-v'])('%s', async flag => {
  const { status, stdout } = await said(flag)
  expect(stdout).toMatch(/^holdfast \d+\.\d+\.\d+\n$/)
  expect(status).toBe(0)
})

test('the images of pull may be anywhere among its flags', () => {
  expect(read(pull, ['a', '--platform', 'linux/arm64', '-q', 'b', '--config', '/c'])).toEqual({
    flags: { options: { platform: 'linux/arm64' }, quiet: true, engine: { config: '/c' } },
    operands: ['a', 'b'],
  })
})

describe('DOCKER_DEFAULT_PLATFORM', () => {
  const preset = world({ DOCKER_DEFAULT_PLATFORM: 'linux/amd64' })
  const platform = (argv: string[], context = preset) => read(run, argv, context).flags.options.platform

  test('is the platform where no flag says it', () => {
    expect(platform(['a'])).toBe('linux/amd64')
    expect(read(pull, ['a'], preset).flags.options).toEqual({ platform: 'linux/amd64' })
    expect(read(check, ['a'], preset).flags.options).toEqual({ platform: 'linux/amd64' })
    expect(platform(['--platform=linux/arm', 'a'])).toBe('linux/arm')
  })

  test('an empty --platform switches it off, as with docker', () => {
    expect(platform(['--platform', '', 'a'])).toBeUndefined()
  })

  test('is checked, and only where it counts', () => {
    const wrong = world({ DOCKER_DEFAULT_PLATFORM: 'amd' })
    expect(failure(() => read(run, ['a'], wrong)).message).toBe(
      'DOCKER_DEFAULT_PLATFORM "amd" must be os/arch or os/arch/variant, such as linux/amd64 or linux/arm64/v8',
    )
    expect(parse(run, ['--help'], wrong)).toBe('help')
    expect(platform(['a'], world({ DOCKER_DEFAULT_PLATFORM: '' }))).toBeUndefined()
  })
})

test('random arguments are read or refused', () => {
  const pick = random(42)
  const flags = commands
    .flatMap(({ flags }) => flags)
    .flatMap(({ name, short }) => [`--${name}`, `-${short}`, `--${name}=`])
  const values = [
    'true',
    '1',
    '1g',
    '1.5',
    '/a:/b',
    'dst=/a',
    'A=b',
    'one',
    'always',
    'refresh',
    '7d',
    'connect=',
    ',idle=0',
    'total=1h',
    '',
    '=',
    '\0',
    '🚢',
    '\ud800',
    '__proto__',
  ]
  const words = ['--help', '--', '-', 'alpine', '-it', '---', ...flags, ...values]
  const word = () => words[pick(words.length)] ?? ''
  for (let i = 0; i < tries; i++) {
    const argv = Array.from({ length: pick(8) }, () => (pick(3) === 0 ? `${word()}${word()}` : word()))
    const command = commands[pick(commands.length)] ?? run
    try {
      const given = parse<unknown>(command, argv, here)
      if (given !== 'help') expect(given).toHaveProperty('operands')
    } catch (error) {
      expect(error, argv.join(' ')).toBeInstanceOf(UsageError)
    }
  }
})

test('a job on a Swarm, with and without options of it', () => {
  expect(request('--swarm', 'alpine')).toEqual({ image: 'alpine', container: {}, swarm: {} })
  expect(request('--swarm', '--replicas=2', 'alpine')).toMatchObject({ swarm: { replicas: 2 } })
})
