import { expect, test } from 'vitest'
import { type ContainerConfig, type Engine, type Outcome, type RunOptions, run } from '../../src/index.ts'

/* What callers write must compile; `tsc` is the test. */

const signal = maybeUndefined(new AbortController().signal)

function maybeUndefined<T>(value: T): T | undefined {
  return value
}

const written: RunOptions[] = [
  { image: 'a', env: process.env, signal, timeout: maybeUndefined(5), container: maybeUndefined({}) },
  { image: 'a', env: { A: undefined, B: null, C: 'x' }, engine: { host: 'tcp://h:2375', config: '/c' } },
  { image: 'a', engine: { host: 'tcp://h:2376', tls: { ca: '/ca.pem', verify: false } } },
  { image: 'a', engine: ['tcp://a:2376', 'tcp://b:2376'] as const, tmpDir: { to: '/tmp/work' } },
  { image: 'a', secrets: { a: 'text', b: Buffer.from('x'), c: { file: './c' }, d: { env: 'D' } } as const },
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
  expect([written.length, wrong.length]).toEqual([7, 4])
})

/** A job is a promise, and an archive may be one piece of memory. */
export const used = async (engine: Engine) => {
  const job: Promise<Outcome> = run({ image: 'a' })
  await engine.containers.putArchive('id', '/', Buffer.from('tar'))
  for await (const { bytes } of await engine.containers.logs('id')) bytes.length.toFixed()
  const { Health } = (await engine.containers.inspect('id')).State
  const { Ports, Networks } = (await engine.containers.inspect('id')).NetworkSettings
  return { job, health: Health?.Status, port: Ports['80/tcp']?.[0]?.HostPort, ip: Networks.bridge?.IPAddress }
}
