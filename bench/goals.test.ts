import { expect, test } from 'vitest'
import { workloads } from './catalog.ts'
import { goals } from './goals.ts'

test('each goal is about a workload that there is, and a metric of its', () => {
  for (const { workload: id, metric } of goals) {
    const metrics = workloads.find(workload => workload.id === id)?.metrics.map(({ key }) => key)
    expect({ id, metrics }).toEqual({ id, metrics: expect.arrayContaining([metric]) })
  }
})

test('each workload has a name of its own', () => {
  expect(new Set(workloads.map(({ id }) => id)).size).toBe(workloads.length)
})
