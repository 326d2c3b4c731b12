import { expect, test } from 'vitest'
import { workloads } from './catalog.ts'
import { comparedIn, goals } from './goals.ts'

test('each goal is about a workload that there is, and a metric of its', () => {
  for (const { workload: id, metric } of goals) {
    const metrics = workloads.find(workload => workload.id === id)?.metrics.map(({ key }) => key)
    expect({ id, metrics }).toEqual({ id, metrics: expect.arrayContaining([metric]) })
  }
})

test('each workload has a name of its own', () => {
  expect(new Set(workloads.map(({ id }) => id)).size).toBe(workloads.length)
})

test('who is compared takes part in all rounds: ours, beside whom, and the floor', () => {
  expect([...comparedIn('cold-start')].toSorted()).toEqual([
    'dockerode',
    'empty Node',
    'holdfast run',
    'holdfast version',
    'undici, one file',
    'undici, one file, a job',
  ])
  expect(comparedIn('footprint').size).toBe(0)
})
