import { expect, test } from 'vitest'
import { workloads } from './catalog.ts'
import { goals } from './goals.ts'

test('each goal is about workloads of the catalog and a metric that they have', () => {
  for (const { text, workloads: ids, metric } of goals)
    for (const id of ids) {
      const metrics = workloads.find(workload => workload.id === id)?.metrics.map(({ key }) => key)
      expect({ text, id, metrics }).toEqual({ text, id, metrics: expect.arrayContaining([metric]) })
    }
})

test('each goal is about contenders that there are', async () => {
  const place = { socket: '/stub', scratch: '/nowhere', scale: 1, defer: () => undefined }
  const names = new Map<string, string[]>()
  for (const id of ['job', 'job-stub', 'jobs-many', 'fleet-500', 'fleet-2000', 'logs']) {
    const contenders = await workloads.find(workload => workload.id === id)?.contenders(place)
    names.set(id, contenders?.map(({ name }) => name) ?? [])
  }
  for (const { of = 'holdfast', against = of, floor = of, workloads } of goals)
    for (const id of workloads)
      if (names.has(id)) expect(names.get(id)).toEqual(expect.arrayContaining([of, against, floor]))
})

test('each workload has a name of its own', () => {
  expect(new Set(workloads.map(({ id }) => id)).size).toBe(workloads.length)
})
