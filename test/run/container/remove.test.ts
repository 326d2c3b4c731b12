import { describe, expect, test } from 'vitest'
import type { RemovePolicy } from '../../../src/run/options.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { launch } from '../launch.ts'

test.each<[RemovePolicy | undefined, number, boolean]>([
  [undefined, 0, true],
  [undefined, 1, true],
  ['always', 0, true],
  ['always', 1, true],
  ['success', 0, true],
  ['success', 1, false],
  ['never', 0, false],
  ['never', 1, false],
])('%s, status %i: removed is %s', async (policy, status, removed) => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => status })
  const outcome = await launch(engine, policy === undefined ? {} : { remove: policy })
  expect(outcome).toMatchObject({ exitCode: status, container: { removed } })
  expect(engine.asked.includes('remove')).toBe(removed)
  expect(engine.containers.map(({ id }) => id)).toEqual(removed ? [] : [outcome.container?.id])
})

test('anonymous volumes go with it, and a process that is left is no obstacle', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'] })
  await launch(engine)
  expect(Object.fromEntries((await engine.seen('remove')).query)).toEqual({ force: 'true', v: 'true' })
})

test.each<[RemovePolicy, boolean]>([
  ['always', true],
  ['success', false],
  ['never', false],
])('a container that could not be started, under %s: removed is %s', async (remove, removed) => {
  await using engine = await FakeEngine.start({ images: ['bb:1'] })
  engine.on('start', exchange => exchange.answer(404, 'network nonet not found'))
  expect(await launch(engine, { remove })).toMatchObject({ kind: 'start-failed', container: { removed } })
})

describe('trouble with it is not the job’s', () => {
  test.each([
    [500, 'driver "overlay2" failed to remove root filesystem: device or resource busy'],
    [400, 'whatever'],
  ])('%i is a warning', async (status, words) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('remove', exchange => exchange.answer(status, words))
    const outcome = await launch(engine)
    expect(outcome).toMatchObject({ kind: 'ok', exitCode: 0, container: { removed: false } })
    expect(outcome.warnings).toEqual([expect.stringContaining(words)])
  })

  test.each([
    [404, 'No such container'],
    [409, 'removal of container is already in progress'],
  ])('%i: it is going, or gone', async (status, words) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('remove', exchange => exchange.answer(status, words))
    expect(await launch(engine)).toMatchObject({ kind: 'ok', warnings: [], container: { removed: true } })
  })

  test('a connection that breaks off: it is asked again', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('remove', exchange => exchange.drop())
    expect(await launch(engine)).toMatchObject({ kind: 'ok', warnings: [], container: { removed: true } })
    expect(engine.asked.filter(operation => operation === 'remove')).toEqual(['remove', 'remove'])
  })

  test('a refusal is a warning', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('remove', exchange => exchange.answer(500, 'busy'))
    const outcome = await launch(engine)
    expect(outcome).toMatchObject({ kind: 'ok', container: { removed: false } })
    expect(outcome.warnings).toEqual([expect.stringContaining('could not be removed')])
  })

  test('it does not hide the failure', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => 9 })
    engine.on('remove', exchange => exchange.answer(500, 'busy'))
    expect(await launch(engine)).toMatchObject({ kind: 'exit', exitCode: 9 })
  })
})
