import { expect, test } from 'vitest'
import { FakeEngine } from '../support/fake-engine.ts'
import { launch } from './launch.ts'

const sample = (cpu: number, memory: object) => ({
  read: '2026-11-23T12:00:00Z',
  cpu_stats: { cpu_usage: { total_usage: cpu } },
  memory_stats: memory,
})

/** What the outcome has of a job whose figures are these. */
async function resourcesOf(...samples: object[]) {
  const told = Promise.withResolvers<void>()
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => told.promise })
  engine.on('stats', exchange => {
    exchange.lines(...samples)
    exchange.response.end(() => told.resolve())
  })
  const { resources, kind, warnings } = await launch(engine, { resources: true })
  expect({ kind, warnings }).toEqual({ kind: 'ok', warnings: [] })
  return resources
}

test('the most memory of all figures, and the CPU time of the last', async () => {
  expect(
    await resourcesOf(
      sample(1_500_000_000, { usage: 1_000 }),
      sample(2_500_000_000, { usage: 5_000 }),
      sample(4_000_000_000, { usage: 2_000 }),
      // Of a container that has ended.
      sample(0, {}),
    ),
  ).toEqual({ cpuSeconds: 4, memoryPeak: 5_000 })
})

test("the kernel's own peak where the Engine gives it", async () => {
  expect(await resourcesOf(sample(1_000_000_000, { usage: 1_000, max_usage: 9_000 }))).toEqual({
    cpuSeconds: 1,
    memoryPeak: 9_000,
  })
})

test('no memory where the Engine does not say, and nothing of a job without figures', async () => {
  expect(await resourcesOf(sample(1_000_000_000, {}))).toEqual({ cpuSeconds: 1, memoryPeak: null })
  expect(await resourcesOf()).toBe(null)
})

test('an Engine that refuses the figures does no harm', async () => {
  const refused = Promise.withResolvers<void>()
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => refused.promise })
  engine.on('stats', exchange => {
    exchange.answer(500, 'cgroups are not mounted')
    refused.resolve()
  })
  expect(await launch(engine, { resources: true })).toMatchObject({ kind: 'ok', resources: null })
})

test('are not asked for unless they are wanted', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'] })
  expect(await launch(engine)).toMatchObject({ resources: null })
  expect(engine.asked).not.toContain('stats')
})
