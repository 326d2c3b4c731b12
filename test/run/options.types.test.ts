import { expect, test } from 'vitest'
import type { ContainerConfig, RunOptions } from '../../src/index.ts'

/* What callers write must compile; `tsc` is the test. */

const signal = maybeUndefined(new AbortController().signal)

function maybeUndefined<T>(value: T): T | undefined {
  return value
}

const written: RunOptions[] = [
  { image: 'a', env: process.env, signal, timeout: maybeUndefined(5), container: maybeUndefined({}) },
  { image: 'a', env: { A: undefined, B: null, C: 'x' }, engine: { host: 'tcp://h:2375', config: '/c' } },
  { image: 'a', command: ['x'] as const, volumes: ['/a:/b'] as const, labels: { a: 'b' } as const },
  {
    image: 'a',
    container: {
      Hostname: 'h',
      Healthcheck: { Test: ['NONE'] },
      HostConfig: { CapDrop: ['ALL'], ReadonlyRootfs: true, Tmpfs: { '/tmp': '' }, Ulimits: [] },
      NetworkingConfig: { EndpointsConfig: { net: { Aliases: ['a'] } } },
    },
  },
]

const wrong: ContainerConfig[] = [
  // @ts-expect-error the image is an option of the run
  { Image: 'a' },
  // @ts-expect-error the run removes its container
  { HostConfig: { AutoRemove: true } },
  // @ts-expect-error Docker's spelling
  { hostname: 'h' },
  // @ts-expect-error bytes
  { HostConfig: { Memory: '1g' } },
]

test('options compile as people write them', () => {
  expect([written.length, wrong.length]).toEqual([4, 4])
})
