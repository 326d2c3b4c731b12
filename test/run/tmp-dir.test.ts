import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ContainerSpec } from '../../src/engine/wire.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { launch, prints } from './launch.ts'

function parent(): string {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-parent-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

const mounts = ({ requests }: FakeEngine) =>
  requests
    .filter(({ operation }) => operation === 'create')
    .map(({ body }) => (JSON.parse(body) as ContainerSpec).HostConfig?.Mounts)

test('a directory of this machine is mounted, and removed after the run', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x') })
  const from = parent()
  let mode = 0
  engine.on('start', exchange => {
    const { Source = '' } = mounts(engine)[0]?.[0] ?? {}
    mode = statSync(Source).mode & 0o7777
    expect(statSync(dirname(Source)).mode & 0o777).toBe(0o700)
    return exchange.proceed()
  })
  const outcome = await launch(engine, { tmpDir: { from, to: '/work' } })
  expect(outcome).toMatchObject({ kind: 'ok', warnings: [] })
  expect(mounts(engine)).toEqual([[{ Type: 'bind', Source: expect.stringContaining(from), Target: '/work' }]])
  expect(mode).toBe(0o1777)
  expect(readdirSync(from)).toEqual([])
})

test('an Engine that does not see it makes a volume', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x') })
  engine.on('create', ({ seen, answer }) => {
    const { Source } = JSON.parse(seen.body).HostConfig.Mounts[0]
    answer(400, `invalid mount config for type "bind": bind source path does not exist: ${Source}`)
  })
  const outcome = await launch(engine, { tmpDir: { to: '/work' } })
  expect(outcome).toMatchObject({
    kind: 'ok',
    warnings: [expect.stringContaining('gets a volume in its place')],
  })
  expect(mounts(engine)[1]).toEqual([{ Type: 'volume', Target: '/work', VolumeOptions: { NoCopy: true } }])
})

test('another refusal of the creation is none of it', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'] })
  engine.on('create', ({ answer }) => answer(400, 'invalid volume specification'))
  expect((await launch(engine, { tmpDir: { to: '/work' } })).kind).toBe('create-failed')
  expect(mounts(engine)).toHaveLength(1)
})

test('a job with a key has a volume from the start: another machine may follow it', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x') })
  const from = parent()
  expect((await launch(engine, { tmpDir: { from, to: '/work' }, job: 'k' })).kind).toBe('ok')
  expect(mounts(engine)).toMatchObject([[{ Type: 'volume' }]])
})

test('it stays while the container may still run', async () => {
  await using engine = await FakeEngine.start({
    images: ['bb:1'],
    program: () => new Promise(() => undefined),
  })
  const from = parent()
  engine.on('start', exchange => exchange.drop())
  const run = launch(engine, { tmpDir: { from, to: '/work' }, engineGrace: 0 })
  const { warnings } = await run
  const [made = ''] = readdirSync(from)
  expect(warnings.join('\n')).toContain(`${join(from, made, 'tmp')} is left: the container may still run`)
  expect(existsSync(join(from, made, 'tmp'))).toBe(true)
})

test('a directory that can not be made is refused before any request', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'] })
  const { kind, failure } = await launch(engine, { tmpDir: { from: '/none/such', to: '/work' } })
  expect([kind, failure?.message]).toEqual(['usage', 'no directory can be made in /none/such (ENOENT)'])
  expect(engine.requests).toEqual([])
})
