import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { leftBehind, User } from './support/command.ts'
import { startEngine, type TestEngine } from './support/engine.ts'
import { importBusybox, push, remove, tag } from './support/images.ts'
import { startRegistry, type TestRegistry } from './support/registry.ts'

/* Two real Engines: all of them, or the first that answers. */

const login = { username: 'ci', password: 'hosts-password-1' }

let engines: TestEngine[]
let registry: TestRegistry
let user: User
let image: string

beforeAll(async () => {
  registry = await startRegistry({ users: { [login.username]: login.password } })
  engines = await Promise.all([startEngine(), startEngine()])
  image = `${registry.address}/app:1`
  for (const { socket } of engines) await importBusybox(socket, 'busybox:live')
  const { socket = '' } = engines[0] ?? {}
  await tag(socket, 'busybox:live', image)
  await push(socket, image, login)
  for (const engine of engines) await remove(engine.socket, image).catch(() => undefined)
})

afterAll(async () => {
  for (const engine of engines ?? []) await engine.stop()
  await registry?.[Symbol.asyncDispose]()
})

beforeEach(() => {
  user = new User()
})

afterEach(async () => {
  const left = await Promise.all(engines.map(({ socket }) => leftBehind(socket)))
  expect([...user.leave(), ...left.flat()]).toEqual([])
})

const hosts = () => engines.flatMap(({ host }) => ['--host', host])

it('a private image gets onto all nodes, and check shows which lacks it', async () => {
  const [first, second] = engines
  const check = () => user.run(['check', '--all-hosts', ...hosts(), image])
  const before = await check()
  expect(before.status).toBe(1)
  for (const { host } of engines) expect(before.text).toContain(`on ${host} would fail: ${image}`)

  const password = ['--registry-user', login.username, '--registry-password-stdin']
  const one = await user.run(['pull', ...password, '--host', `${first?.host}`, image], {
    stdin: login.password,
  })
  expect(one.status).toBe(0)
  const half = await check()
  expect(half.text).toContain(`on ${second?.host} would fail: ${image}`)
  expect(half.text).not.toContain(`on ${first?.host} would fail`)

  const all = await user.run(['pull', '--all-hosts', ...password, ...hosts(), image], {
    stdin: login.password,
  })
  expect(all.status).toBe(0)
  expect(
    all.text
      .split('\n')
      .slice(0, 2)
      .map(line => line.split(' ').slice(1)),
  ).toEqual(engines.map(({ host }) => [image, host]))
  const after = await check()
  expect([after.status, after.text]).toEqual([
    0,
    expect.stringMatching(/\n1 of 1 image would survive an outage on all 2 hosts\n$/),
  ])
})

it('an Engine that is down leads to the next; a failure of the first does not', async () => {
  const [first, second] = engines
  await first?.kill()
  const down = await user.run(['run', ...hosts(), 'busybox:live', 'echo', 'ran'])
  expect([down.status, down.text]).toEqual([0, 'ran\n'])
  expect(down.stderr).toContain(`using ${second?.host}`)
  await first?.start()
  const failed = await user.run(['run', '--pull=never', ...hosts(), 'none/such:1'])
  expect(failed.status).toBe(125)
  expect(failed.stderr).toMatch(/^holdfast: image-missing: /)
})
