import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../src/cli/commands/run.ts'
import { runRequest } from '../../src/cli/commands/run-request.ts'
import { helpFlag, parse } from '../../src/cli/grammar.ts'
import { processContext } from '../../src/cli/process-context.ts'
import { withProxies } from '../../src/cli/proxies.ts'
import { UsageError } from '../../src/cli/usage.ts'
import { createBody } from '../../src/run/container/body.ts'
import { forVersion } from '../../src/run/container/fields.ts'
import { random } from '../support/random.ts'

/*
 * The docker command and holdfast are given the same flags; what they ask the Engine to create must be the same. The Engine
 * is a socket that writes down the request and refuses it.
 */

const api = '1.49'

interface Created {
  query: Record<string, string>
  body: Record<string, unknown>
}

class Recorder {
  readonly directory = mkdtempSync(join(tmpdir(), 'holdfast-oracle-'))
  readonly socket = join(this.directory, 'engine.sock')
  readonly #created = new Map<unknown, Created>()
  readonly #server: Server = createServer((request, answer) => {
    const url = new URL(request.url ?? '', 'http://engine')
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      answer.setHeader('Api-Version', api)
      answer.setHeader('OSType', 'linux')
      if (url.pathname.endsWith('/containers/create')) {
        const body = JSON.parse(Buffer.concat(chunks).toString())
        this.#created.set(body.Image, { query: Object.fromEntries(url.searchParams), body })
        answer.writeHead(400, { 'content-type': 'application/json' })
        answer.end(JSON.stringify({ message: 'recorded' }))
      } else {
        answer.end(request.method === 'HEAD' ? undefined : 'OK')
      }
    })
  })

  async start(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(this.socket, resolve))
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
    rmSync(this.directory, { recursive: true })
  }

  /** What docker run asks for with these flags; undefined when it refuses them. */
  async docker(flags: readonly string[], image: string): Promise<Created | undefined> {
    const env = {
      PATH: process.env.PATH,
      HOME: this.directory,
      DOCKER_CONFIG: join(this.directory, 'config'),
      DOCKER_HOST: `unix://${this.socket}`,
      ORACLE: 'ours',
    }
    await new Promise<void>(resolve => {
      const child = execFile(
        'docker',
        ['run', ...flags, image, 'cmd', '-x'],
        { env, cwd: this.directory },
        () => resolve(),
      )
      child.stdin?.end()
    })
    const created = this.#created.get(image)
    this.#created.delete(image)
    return created
  }

  /** The same of holdfast. */
  async holdfast(argv: readonly string[], image: string): Promise<Created> {
    const context = {
      ...processContext(),
      cwd: this.directory,
      env: { HOME: this.directory, DOCKER_CONFIG: join(this.directory, 'config'), ORACLE: 'ours' },
    }
    const given = parse(run, [...argv, image, 'cmd', '-x'], context)
    if (given === 'help') throw new Error('got help')
    const { flags, operands } = given
    const request = await withProxies(runRequest(flags, operands), flags.engine, context)
    const body = createBody(
      { ...request, ...(flags.interactive && { stdin: '' }) },
      { 'dev.holdfast.run': 'id' },
    )
    const query = { name: request.name, platform: request.platform }
    return JSON.parse(JSON.stringify({ query, body: forVersion(body, api) }))
  }
}

/** Docker sends defaults, and lists of Go's maps in any order. */
function normal({ query, body }: Created): Created {
  const { Labels, HostConfig, NetworkingConfig, ...config } = body as { [name: string]: unknown } & {
    Labels?: Record<string, string>
    HostConfig?: Record<string, unknown>
    NetworkingConfig?: { EndpointsConfig?: Record<string, Record<string, unknown>> }
  }
  const { 'dev.holdfast.run': _, ...labels } = Labels ?? {}
  const host = pruned(HostConfig ?? {}) as Record<string, unknown>
  if (host.MemorySwappiness === -1) delete host.MemorySwappiness
  if (host.NetworkMode === 'default') delete host.NetworkMode
  delete host.RestartPolicy
  if (host.Isolation === 'default') delete host.Isolation
  for (const list of ['Binds', 'Ulimits']) {
    if (Array.isArray(host[list])) host[list] = host[list].map(item => JSON.stringify(sorted(item))).sort()
  }
  const [add, drop] = [capabilities(host.CapAdd), capabilities(host.CapDrop)]
  host.CapAdd = [...add].sort()
  // What is added and dropped is added, by docker and by the Engine.
  host.CapDrop = [...drop].filter(name => !add.has(name)).sort()
  const endpoints = Object.entries(NetworkingConfig?.EndpointsConfig ?? {})
    .map(([name, settings]) => [name, pruned(settings)])
    .filter(([name, settings]) => name !== 'default' || JSON.stringify(settings) !== '{}')
    .sort()
  return {
    query: { ...query, ...(query.platform && { platform: query.platform.toLowerCase() }) },
    body: {
      ...(pruned({ ...config, Env: variables(config.Env) }) as object),
      Labels: labels,
      HostConfig: host,
      endpoints,
    },
  }
}

/** By the names that the Engine makes of them. */
function capabilities(list: unknown): Set<string> {
  const names = (Array.isArray(list) ? list : []).map(name => String(name).toUpperCase().replace(/^CAP_/, ''))
  return new Set(names.includes('ALL') ? ['ALL'] : names)
}

function sorted(item: unknown): unknown {
  return typeof item === 'object' && item !== null ? Object.fromEntries(Object.entries(item).sort()) : item
}

/** Of two values of a variable, the Engine takes the later. */
function variables(list: unknown): string[] {
  const entries = (Array.isArray(list) ? list : []).map(String)
  return [...new Map(entries.map(entry => [entry.split('=')[0], entry])).values()].sort()
}

function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.every(item => item === 0) ? [] : value.map(pruned)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value)
    .map(([key, item]) => [key, keepsEmpty.has(key) ? item : pruned(item)] as const)
    .filter(([, item]) => !isEmpty(item))
  return Object.fromEntries(fields)
}

/** Maps whose values may be empty, and mean something. */
const keepsEmpty = new Set([
  'ExposedPorts',
  'Volumes',
  'Tmpfs',
  'Labels',
  'PortBindings',
  'Sysctls',
  'Config',
  'Annotations',
])

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0
  return value === null || value === undefined || value === '' || value === 0 || value === false
}

const files: Record<string, string> = {
  vars: 'A=file\n# x\n\nB="quoted"\nORACLE\nNOT_SET\nC=a=b\n',
  labels: 'x=1\ny\nz=a=b\n',
  'seccomp.json': '{\n  "defaultAction": "SCMP_ACT_ALLOW"\n}\n',
}

/** Values of each flag, alone and in random company. */
const values: Record<string, readonly string[]> = {
  'add-host': ['a:1.2.3.4', 'b=10.0.0.1', 'c:host-gateway', 'd:::1', 'e=[::1]', 'f:[fe80::1]'],
  annotation: ['a=b', 'c', 'd=e=f'],
  'blkio-weight': ['0', '10', '500', '1000'],
  'blkio-weight-device': ['/dev/sda:200', '/dev/sdb:0'],
  'cap-add': ['NET_ADMIN', 'ALL', 'cap_sys_time'],
  'cap-drop': ['ALL', 'CHOWN'],
  'cgroup-parent': ['/x', 'a.slice'],
  cgroupns: ['host', 'private', ''],
  'cpu-period': ['0', '50000'],
  'cpu-quota': ['25000', '-1'],
  'cpu-rt-period': ['1000000'],
  'cpu-rt-runtime': ['950000'],
  'cpu-shares': ['512', '2'],
  'cpuset-cpus': ['0-3', '0,1', ''],
  'cpuset-mems': ['0'],
  cpus: ['1', '1.5', '.5', '2.', '0', '0.000000001', '1/2', '1e-1', '15e-1', '+1', '0.1000000000000', '3/4'],
  device: [
    '/dev/null',
    '/dev/null:/dev/x',
    '/dev/null:/dev/x:r',
    '/dev/null:rw',
    '/dev/../dev/zero',
    'vendor.com/gpu=0',
    'vendor.com/gpu=1',
  ],
  'device-cgroup-rule': ['c 1:3 mr', 'a *:* rwm'],
  'device-read-bps': ['/dev/sda:1mb', '/dev/sda:100'],
  'device-read-iops': ['/dev/sda:100'],
  'device-write-bps': ['/dev/sda:1gb'],
  'device-write-iops': ['/dev/sda:0'],
  dns: ['1.1.1.1', '2001:db8::1', ' 8.8.8.8'],
  'dns-opt': ['ndots:2'],
  'dns-option': ['timeout:3'],
  'dns-search': ['example.com', '.', 'a.b.c.'],
  domainname: ['example.com'],
  entrypoint: ['/bin/sh', '', 'a b'],
  env: ['A=b', 'A=', 'A=c', 'ORACLE', 'NOT_SET', 'B=a=b', 'C= x ', 'D="q"'],
  'env-file': ['vars'],
  expose: ['80', '80-82/udp', '443/tcp'],
  gpus: [
    'all',
    '2',
    'device=0',
    '"device=0,1"',
    'driver=x,count=1',
    '"capabilities=a,b"',
    'count=all,"options=a=b"',
    'all,driver=y',
  ],
  'group-add': ['audio', '1000'],
  'health-cmd': ['true', 'curl -f x || exit 1', ''],
  'health-interval': ['30s', '1m30s', '0s', '0'],
  'health-retries': ['3', '0'],
  'health-start-interval': ['5s'],
  'health-start-period': ['1h'],
  'health-timeout': ['500ms', '1.5s'],
  hostname: ['h', 'h.example.com'],
  init: ['true', 'false'],
  ip: ['10.1.2.3'],
  ip6: ['2001:db8::33'],
  ipc: ['host', 'none', 'private', 'shareable', 'container:x', ''],
  isolation: ['default', ''],
  label: ['a=b', 'c', 'd=', 'a=e', 'f=g=h'],
  'label-file': ['labels'],
  link: ['db', 'db:alias'],
  'link-local-ip': ['169.254.1.1', 'fe80::5'],
  'log-driver': ['json-file', 'none', ''],
  'log-opt': ['max-size=10m', 'tag=a=b', 'x'],
  'mac-address': ['92:d0:c6:0a:29:33', '92-D0-C6-0A-29-33'],
  memory: ['512m', '1.5g', '0', '1048576', '1KiB', '2 GB', '.5g'],
  'memory-reservation': ['256m'],
  'memory-swap': ['-1', '1g', '0'],
  'memory-swappiness': ['0', '60', '100', '-1'],
  mount: [
    'type=bind,src=/s,dst=/d1',
    'type=bind,source=./x,target=/d2,readonly',
    'src=vol,dst=/d3,volume-nocopy',
    'type=volume,dst=/d4,volume-label=a=b,volume-driver=local,volume-opt=type=tmpfs,"volume-opt=o=size=1m,uid=1"',
    'type=tmpfs,dst=/d5,tmpfs-size=1m,tmpfs-mode=1777',
    'type=bind,src=/s,dst=/d6,bind-propagation=rslave,consistency=cached',
    'type=bind,src=/s,dst=/d7,bind-recursive=disabled',
    'type=bind,src=/s,dst=/d8,ro,bind-recursive=writable',
    'type=bind,src=/s,dst=/d9,bind-nonrecursive',
    'type=image,src=alpine,dst=/d10,image-subpath=etc',
    'src=v2,dst=/d11,volume-subpath=a/b,ro=false',
    'TYPE=bind,SRC=/s,DST=/d12',
  ],
  name: ['job', 'a.b_c-1', '/slash'],
  network: [
    'host',
    'none',
    'bridge',
    'mine',
    'container:x',
    'name=long,alias=a,alias=b',
    'name=l2,ip=10.0.0.5,mac-address=92:d0:c6:0a:29:33',
    'name=l3,driver-opt=a=b,gw-priority=5',
  ],
  'oom-kill-disable': ['true', 'false'],
  'oom-score-adj': ['-500', '1000', '0'],
  pid: ['host', 'container:x', ''],
  'pids-limit': ['100', '-1', '0'],
  platform: [
    'linux/amd64',
    'linux/arm64',
    'amd64',
    'arm64',
    'linux',
    'linux/arm/v7',
    'linux/arm/7',
    'linux/386',
    'linux/arm64/v8',
    '',
  ],
  privileged: ['true', 'false'],
  publish: [
    '80',
    '8080:80',
    '127.0.0.1:8080:80',
    '127.0.0.1::80',
    '8000-8002:80-82',
    '8000-8010:80',
    '53:53/udp',
    '[::1]:80:80',
    '::1:81:81',
    '80-81',
    'published=8081,target=81',
    'target=82,published=8082,protocol=udp',
    '9000:90/SCTP',
  ],
  'publish-all': ['true', 'false'],
  pull: ['missing', 'never'],
  'read-only': ['true', 'false'],
  restart: ['no', ''],
  runtime: ['runc', 'io.containerd.runc.v2'],
  'security-opt': [
    'no-new-privileges',
    'no-new-privileges=true',
    'seccomp=unconfined',
    'seccomp=seccomp.json',
    'apparmor=x',
    'label:disable',
    'label=type:x',
    'systempaths=unconfined',
  ],
  'shm-size': ['64m', '1g'],
  'sig-proxy': ['true'],
  'stop-signal': ['SIGINT', '9'],
  'stop-timeout': ['0', '30', '-1'],
  'storage-opt': ['size=10G', 'a=b=c'],
  sysctl: ['net.ipv4.ip_forward=1', 'kernel.shmmax=1', 'fs.mqueue.msg_max=5', 'net.core.somaxconn='],
  tmpfs: ['/run', '/tmp:rw,size=1m', '/x:'],
  tty: ['true', 'false'],
  interactive: ['true', 'false'],
  ulimit: ['nofile=1024', 'nofile=1024:2048', 'core=0', 'core=-1', 'nproc=10:-1', 'cpu=5'],
  user: ['1000', '1000:1000', 'a:b', ''],
  userns: ['host', ''],
  uts: ['host', ''],
  volume: [
    '/a:/b',
    '/a:/c:ro',
    'name:/n',
    '/anon',
    './rel:/r',
    '../up:/u',
    '/a:/z:ro,z',
    'v1:/v:nocopy',
    '/s:/t:rshared',
  ],
  'volume-driver': ['local'],
  'volumes-from': ['x', 'y:ro'],
  workdir: ['/w', 'rel', ''],
}

/** Flags which only one container can have at a time, or which exclude another. */
const alone = new Set([
  'network',
  'link',
  'ip',
  'ip6',
  'link-local-ip',
  'mac-address',
  'log-driver',
  'log-opt',
  'pull',
  'mount',
])
const lists = new Set([
  'add-host',
  'cap-add',
  'cap-drop',
  'device',
  'env',
  'label',
  'publish',
  'expose',
  'ulimit',
  'volume',
  'tmpfs',
  'security-opt',
  'gpus',
  'dns',
  'annotation',
  'sysctl',
])

const picked: readonly (readonly string[])[] = [
  ['-it=false', '-e', 'A=b', '-eC=d', '-w/x', '-u=5'],
  ['-m1g', '-m', '2g', '--cpus=1', '--cpus', '2'],
  ['-e', 'A=flag', '--env-file', 'vars', '--env-file=vars', '-eB'],
  ['-l', 'x=flag', '--label-file', 'labels'],
  ['--network', 'mine', '--network-alias', 'a', '--net-alias', 'b', '--ip', '10.0.0.9'],
  [
    '--network',
    'mine',
    '--ip6',
    '2001:db8::1',
    '--mac-address',
    '92:d0:c6:0a:29:33',
    '--link-local-ip',
    '169.254.1.1',
  ],
  ['--network', 'one', '--network', 'two'],
  ['--network', 'one', '--network', 'name=two,alias=x', '--network-alias', 'first'],
  ['--network', 'name=one,ip=10.0.0.1', '--network', 'two'],
  ['--network', 'mine', '--link', 'db:x', '--link', 'web'],
  ['--link', 'db', '--ip', '10.1.1.1'],
  ['--log-driver', 'json-file', '--log-opt', 'max-size=1m', '--log-opt', 'max-file=3'],
  ['--no-healthcheck'],
  ['--no-healthcheck=false', '--health-cmd', 'x'],
  [
    '--health-cmd',
    'x',
    '--health-interval',
    '5s',
    '--health-retries',
    '2',
    '--health-timeout',
    '1s',
    '--health-start-period',
    '3s',
  ],
  ['--gpus', 'all', '--device', 'vendor.com/gpu=0', '--device', '/dev/null', '--device', 'vendor.com/gpu=1'],
  ['-p', '80:80', '-p', '81:80', '-p', '82:82/udp', '--expose', '90', '-P'],
  ['--expose', '80-83', '-p', '8081:81'],
  ['-v', '/a:/b', '-v', '/c', '--mount', 'dst=/d', '--tmpfs', '/e'],
  ['--ulimit', 'nofile=1', '--ulimit', 'nofile=2', '--ulimit', 'core=0'],
  ['-a', 'stdout', '-a', 'STDERR'],
  ['--cap-add', 'A', '--cap-drop', 'B', '--cap-add', 'C', '--privileged'],
  [
    '--security-opt',
    'no-new-privileges',
    '--security-opt',
    'systempaths=unconfined',
    '--security-opt',
    'seccomp=seccomp.json',
  ],
  ['--init=false', '--read-only', '--shm-size', '1m', '--pids-limit', '5'],
  ['--stop-signal', 'TERM', '--stop-timeout', '3'],
]

/** What docker refuses before it asks the Engine. */
const refused: readonly (readonly string[])[] = [
  ['--add-host', 'a'],
  ['--add-host', ':1.2.3.4'],
  ['--add-host', 'a:b'],
  ['--blkio-weight', 'x'],
  ['--blkio-weight-device', '/dev/sda:5'],
  ['--blkio-weight-device', 'sda:100'],
  ['--cgroupns', 'x'],
  ['--cpu-shares', 'x'],
  ['--cpu-period', '1.5'],
  ['--cpus', 'x'],
  ['--cpus', '0.0000000001'],
  ['--cpus', '1,5'],
  ['--cpus', ''],
  ['--device', ''],
  ['--device', '/a:/b:/c:/d'],
  ['--device', 'null'],
  ['--device', '/dev/null:/dev/x:q'],
  ['--device-cgroup-rule', 'c 1:3'],
  ['--device-read-bps', '/dev/sda'],
  ['--device-read-bps', '/dev/sda:x'],
  ['--device-read-iops', '/dev/sda:-1'],
  ['--device-write-bps', 'sda:1'],
  ['--dns', 'x'],
  ['--dns-search', '-'],
  ['--dns-search', 'a b'],
  ['--env', '=x'],
  ['--env-file', 'none'],
  ['--expose', 'x'],
  ['--expose', '80-70'],
  ['--gpus', 'x'],
  ['--gpus', 'foo=1'],
  ['--gpus', 'all,count=1'],
  ['--health-interval', '5'],
  ['--health-retries', 'x'],
  ['--health-retries', '-1'],
  ['--health-cmd', 'x', '--no-healthcheck'],
  ['--init=x'],
  ['--label', '=x'],
  ['--label', 'a b=c'],
  ['--label-file', 'none'],
  ['--link', ''],
  ['--link', 'a:b:c'],
  ['--log-driver', 'none', '--log-opt', 'a=b'],
  ['--mac-address', 'x'],
  ['--memory', 'x'],
  ['--memory', '-1'],
  ['--memory-swap', '-2'],
  ['--memory-swappiness', '101'],
  ['--mount', ''],
  ['--mount', 'dst'],
  ['--mount', 'foo=bar'],
  ['--mount', 'type=tmpfs,dst=/d,bind-propagation=shared'],
  ['--mount', 'type=bind,src=/s,dst=/d,bind-recursive=x'],
  ['--network', 'one', '--network', 'one'],
  ['--network', 'one', '--network', 'host'],
  ['--network', 'host', '--network-alias', 'x'],
  ['--network-alias', 'x'],
  ['--network', 'alias=x,ip=1.2.3.4'],
  ['--network', 'name=a,foo=b'],
  ['--oom-score-adj', 'x'],
  ['--pid', 'x'],
  ['--pids-limit', 'x'],
  ['--platform', 'foo'],
  ['--platform', 'a/b/c/d'],
  ['--publish', 'x'],
  ['--publish', '80:x'],
  ['--publish', '80/foo'],
  ['--publish', '1-2:3-5'],
  ['--publish', 'a:80:80'],
  ['--publish', '70000:80'],
  ['--pull', 'sometimes'],
  ['--restart', 'no:x'],
  ['--security-opt', 'foo'],
  ['--security-opt', 'seccomp=none.json'],
  ['--shm-size', 'x'],
  ['--stop-timeout', 'x'],
  ['--storage-opt', 'x'],
  ['--sysctl', 'x=y'],
  ['--sysctl', 'net.a'],
  ['--ulimit', 'x'],
  ['--ulimit', 'foo=1'],
  ['--ulimit', 'nofile=2:1'],
  ['--userns', 'x'],
  ['--uts', 'x'],
  ['-a', 'x'],
  ['--nonsense'],
]

const single = Object.entries(values).flatMap(([name, texts]) => texts.map(text => [`--${name}=${text}`]))

function company(count: number): string[][] {
  const pick = random(29)
  const names = Object.keys(values).filter(name => !alone.has(name))
  return Array.from({ length: count }, () => {
    const chosen = new Set(Array.from({ length: 2 + pick(5) }, () => names[pick(names.length)] ?? 'env'))
    return [...chosen].flatMap(name =>
      Array.from({ length: lists.has(name) ? 1 + pick(3) : 1 }, () => {
        const texts = values[name] ?? []
        return `--${name}=${texts[pick(texts.length)]}`
      }),
    )
  })
}

const oracle = new Recorder()
beforeAll(async () => {
  mkdirSync(join(oracle.directory, 'config'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(oracle.directory, name), content)
  await oracle.start()
})
afterAll(() => oracle.end())

/** What is different on purpose. */
const different: readonly { flag: RegExp; why: string; field: (created: Created) => void }[] = [
  {
    flag: /^(-a|--attach)$/,
    why: 'a run always reads both streams, and prints those that are asked for',
    field: ({ body }) =>
      ['AttachStdin', 'AttachStdout', 'AttachStderr'].forEach(name => void delete body[name]),
  },
]

let number = 0
async function compare(flags: readonly string[]): Promise<void> {
  const image = `image-${++number}`
  const asked = await oracle.docker(flags, image)
  if (asked === undefined) throw new Error(`docker refuses ${flags.join(' ')}`)
  const [theirs, ours] = [normal(asked), normal(await oracle.holdfast(flags, image))]
  for (const { flag, field } of different) {
    if (flags.some(text => flag.test(text))) [theirs, ours].forEach(field)
  }
  if (isDeepStrictEqual(ours, theirs)) return
  throw new Error([flags.join(' '), JSON.stringify(ours), JSON.stringify(theirs)].join('\n'))
}

/** Four at a time: the start of docker is most of it. */
async function compareAll(lines: readonly (readonly string[])[]): Promise<void> {
  const failures: string[] = []
  const rest = lines.values()
  const worker = async () => {
    for (const flags of rest) await compare(flags).catch((error: Error) => failures.push(error.message))
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  expect(failures.join('\n\n')).toBe('')
}

describe('holdfast run asks for what docker run asks for', () => {
  test(`each flag alone: ${single.length} values`, () => compareAll(single), 300_000)
  test('hand-picked', () => compareAll(picked), 60_000)
  test('300 random companies of flags', () => compareAll(company(300)), 300_000)

  test('proxies of config.json', async () => {
    const config = join(oracle.directory, 'config/config.json')
    const proxies = {
      httpProxy: 'http://p:1',
      httpsProxy: 'http://p:2',
      noProxy: 'a,b',
      ftpProxy: 'http://p:3',
      allProxy: 'x',
    }
    writeFileSync(config, JSON.stringify({ proxies: { default: proxies } }))
    await compareAll([[], ['-e', 'HTTP_PROXY=mine', '-e', 'no_proxy'], ['-e', 'A=b', '--env-file', 'vars']])
    rmSync(config)
  })
})

test('each flag of docker run is a flag of holdfast run, or refused with a reason', () => {
  const help = execFileSync('docker', ['run', '--help'], { encoding: 'utf8' })
  const theirs = Array.from(help.matchAll(/^\s+(?:-\w, )?--([a-z0-9-]+)/gm), ([, name = '']) => name)
  expect(theirs.length).toBeGreaterThan(90)
  const ours = new Set([helpFlag, ...run.flags].flatMap(({ name, alias }) => [name, alias]))
  expect(theirs.filter(name => !ours.has(name))).toEqual([])
})

describe('holdfast run refuses what docker run refuses', () => {
  test.each(refused.map(flags => ({ flags })))('$flags', async ({ flags }) => {
    const image = `image-${++number}`
    expect(await oracle.docker(flags, image)).toBeUndefined()
    await expect(oracle.holdfast(flags, image)).rejects.toThrow(UsageError)
  })
})
