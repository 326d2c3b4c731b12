import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox } from './support/images.ts'
import { containers, engineJson, engineRequest } from './support/request.ts'

/* The network's flags of docker run on a real Engine with a bridge. */

let engine: TestEngine
let user: User
let peer: string

beforeAll(async () => {
  engine = await startEngine({ bridge: true })
  await importBusybox(engine.socket, 'busybox:live')
  const config = [{ Subnet: '10.123.7.0/24' }, { Subnet: 'fd00:123:7::/64' }]
  const network = { Name: 'mine', EnableIPv6: true, IPAM: { Config: config } }
  await engineJson(engine.socket, 'POST', '/networks/create', network)
  // A container to link with, and to take volumes from.
  const spec = { Image: 'busybox:live', Cmd: ['sleep', '3600'], Volumes: { '/shared': {} } }
  const { Id } = await engineJson<{ Id: string }>(engine.socket, 'POST', '/containers/create?name=peer', spec)
  await engineRequest(engine.socket, 'POST', `/containers/${Id}/start`)
  peer = Id
})

afterAll(async () => {
  if (peer) await engineRequest(engine.socket, 'DELETE', `/containers/${peer}?force=1&v=1`)
  await engine?.stop()
})

beforeEach(() => {
  user = new User(engine.host)
})

afterEach(async () => {
  expect([...user.leave(), ...(await leftBehind(engine.socket))]).toEqual([])
})

describe('from inside the container', () => {
  it.each<[flags: string[], script: string, printed: RegExp]>([
    [['--network', 'mine', '--ip', '10.123.7.77'], 'ip -o addr show eth0', /inet 10\.123\.7\.77\/24/],
    [['--network', 'mine', '--ip6', 'fd00:123:7::77'], 'ip -o addr show eth0', /inet6 fd00:123:7::77\/64/],
    [['--network', 'mine', '--link-local-ip', '169.254.8.8'], 'ip -o addr show eth0', /169\.254\.8\.8/],
    [
      ['--network', 'mine', '--mac-address', '92:d0:c6:0a:29:33'],
      'cat /sys/class/net/eth0/address',
      /^92:d0:c6:0a:29:33$/,
    ],
    [['--mac-address', '92:d0:c6:0a:29:34'], 'cat /sys/class/net/eth0/address', /^92:d0:c6:0a:29:34$/],
    [['--network', 'mine', '--network-alias', 'nick'], 'nslookup nick 127.0.0.11', /10\.123\.7\./],
    [['--network', 'name=mine,alias=other'], 'nslookup other 127.0.0.11', /10\.123\.7\./],
    [['--link', 'peer:db'], 'cat /etc/hosts', /\bdb\b/],
    [['--network', 'container:peer'], 'hostname', /^[0-9a-f]{12}$/],
    [
      ['--dns', '10.0.0.2', '--dns-search', 'example.com', '--dns-option', 'ndots:3'],
      'cat /etc/resolv.conf',
      /^(?=[\s\S]*nameserver 10\.0\.0\.2)(?=[\s\S]*search example\.com)(?=[\s\S]*options ndots:3)/,
    ],
    [['--volumes-from', 'peer:ro'], 'touch /shared/x 2>&1', /Read-only file system/],
  ])('%j: %s', async (flags, script, printed) => {
    const ended = await user.run(['run', ...flags, 'busybox:live', 'sh', '-c', script])
    expect(ended.text.trim(), ended.stderr).toMatch(printed)
  })
})

describe('published ports', () => {
  it.each([
    ['-p', ['-p', '127.0.0.1::7777']],
    ['-P', ['--expose', '7777', '-P']],
  ])('%s: the port is reached from outside', async (_, flags) => {
    const script = 'echo up; nc -l -p 7777 -e echo hello from inside'
    const command = user.start(['run', ...flags, 'busybox:live', 'sh', '-c', script])
    await command.printed(/up/)
    const found = (await containers(engine.socket)).find(({ Id }) => Id !== peer)
    const { NetworkSettings } = await engineJson<{
      NetworkSettings: { Ports: Record<string, { HostPort: string }[]> }
    }>(engine.socket, 'GET', `/containers/${found?.Id}/json`)
    const [{ HostPort } = { HostPort: '' }] = NetworkSettings.Ports['7777/tcp'] ?? []
    // The Engine's proxy accepts, and closes what it accepted before nc listens.
    const read = () => text(connect(Number(HostPort), '127.0.0.1'))
    await expect.poll(read, { interval: 20, timeout: 10_000 }).toBe('hello from inside\n')
    expect((await command.finished).status).toBe(0)
  })
})
