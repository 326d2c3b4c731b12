import { channel } from 'node:diagnostics_channel'
import { describe, expect, test } from 'vitest'
import { connect } from '../../src/engine/engine.ts'
import type { RequestReport } from '../../src/engine/http/diagnostics.ts'
import type { RunEvent } from '../../src/run/events.ts'
import { pull } from '../../src/run/image/pull.ts'
import type { EventReport, OutcomeReport } from '../../src/run/publish.ts'
import { rejection } from '../support/errors.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { hears, launch, prints } from './launch.ts'

describe('a listener that throws', () => {
  const bug = new TypeError('a bug of the listener’s')

  test.each<RunEvent['type'] | 'inspect' | 'create' | 'attach' | 'run' | 'remove'>([
    'image',
    'created',
    'started',
    'exited',
    'removed',
    'inspect',
    'create',
    'attach',
    'run',
    'remove',
  ])('at %s: leaves no container behind, and is heard of in the end', async step => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x') })
    const onEvent = (event: RunEvent) => {
      if ((event.type === 'phase' ? event.phase : event.type) === step) throw bug
    }
    expect(await rejection(launch(engine, { onEvent }))).toBe(bug)
    expect(engine.containers).toEqual([])
    expect(engine.asked.at(-1)).toBe('remove')
  })

  test('at every step: the first error counts', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    let steps = 0
    const onEvent = () => {
      steps++
      throw new Error(String(steps))
    }
    expect(await rejection(launch(engine, { onEvent }))).toMatchObject({ message: '1' })
    expect(engine.containers).toEqual([])
  })

  test('during a pull lets it end', async () => {
    await using engine = await FakeEngine.start({ registry: ['bb:1'] })
    const onEvent = () => {
      throw bug
    }
    const pulling = pull({ engine: engine.host, image: 'bb:1', credentials: () => undefined, onEvent })
    expect(await rejection(pulling)).toBe(bug)
    expect(engine.asked).toEqual(['image', 'pull', 'image'])
  })
})

test('a listener that is async and rejects: the container runs to its end, and the run rejects with it', async () => {
  const bug = new TypeError('a bug of the listener’s')
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x') })
  const onEvent = async (event: RunEvent) => {
    if (event.type === 'started') throw bug
  }
  expect(await rejection(launch(engine, { onEvent }))).toBe(bug)
  expect(engine.asked.at(-1)).toBe('remove')
  expect(engine.containers).toEqual([])
})

test('a listener may use the job', async () => {
  await using engine = await FakeEngine.start({
    images: ['bb:1'],
    program: async self => (await self.signal()) === 'SIGTERM',
  })
  const { onEvent, heard } = hears('started')
  const job = launch(engine, { onEvent })
  void heard.then(() => job.kill('SIGTERM'))
  expect(await job).toMatchObject({ kind: 'ok' })
})

test('the channel has the listener’s events, and the id of their run', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x') })
  const traced: unknown[] = []
  const trace = (message: unknown) => traced.push(message)
  const events: RunEvent[] = []
  channel('holdfast:event').subscribe(trace)
  await launch(engine, { onEvent: event => events.push(event) })
  channel('holdfast:event').unsubscribe(trace)
  const label = JSON.parse((await engine.seen('create')).body).Labels['dev.holdfast.run']
  expect(traced).toEqual(events.map(event => ({ id: label, event })))
})

test.each([
  ['succeeds', true, 'ok'],
  ['fails', false, 'image-missing'],
])('a run that %s publishes its outcome behind its last event', async (_, local, kind) => {
  await using engine = await FakeEngine.start({ images: local ? ['bb:1'] : [], program: prints('x') })
  const published: Array<EventReport | OutcomeReport> = []
  const note = (message: unknown) => published.push(message as EventReport | OutcomeReport)
  const channels = ['holdfast:event', 'holdfast:outcome'].map(name => channel(name))
  for (const each of channels) each.subscribe(note)
  const outcome = await launch(engine, { pull: 'never', reject: false })
  for (const each of channels) each.unsubscribe(note)
  expect(outcome.kind).toBe(kind)
  expect(published.at(-1)).toEqual({ id: published[0]?.id, outcome })
  expect(published.filter(message => 'outcome' in message)).toHaveLength(1)
})

test('the requests of a run and of a pull have its id, those of a program none', async () => {
  await using engine = await FakeEngine.start({
    images: ['bb:1'],
    registry: ['cc:1'],
    program: async self => (await self.signal()) === 'SIGTERM',
  })
  const requests: RequestReport[] = []
  const note = (message: unknown) => requests.push(message as RequestReport)
  channel('holdfast:engine:request').subscribe(note)
  const running = [0, 1].map(async () => {
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { onEvent })
    void heard.then(() => job.kill('SIGTERM'))
    return (await job).id
  })
  const ids = await Promise.all(running)
  const sent = requests.splice(0)
  await pull({ engine: engine.host, image: 'cc:1' })
  const pulled = requests.splice(0)
  await using client = connect(engine.host)
  await client.system.ping()
  channel('holdfast:engine:request').unsubscribe(note)
  for (const id of ids) {
    const own = sent
      .filter(({ run }) => run === id)
      .map(({ method, path }) => `${method} ${path.split('/').at(-1)}`)
    expect(own).toEqual(expect.arrayContaining(['POST start', 'POST kill?signal=SIGTERM']))
  }
  expect(sent.filter(({ run = '' }) => !ids.includes(run))).toEqual([])
  expect(new Set(pulled.map(({ run }) => run)).size).toBe(1)
  expect(pulled[0]?.run).toMatch(/^[0-9a-f-]{36}$/)
  expect(requests.map(({ run }) => run)).toEqual([undefined])
})
