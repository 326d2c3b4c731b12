import { expect, test } from 'vitest'
import { containerIdentity } from '../../../src/run/jobs/identity.ts'
import { labels } from '../../../src/run/labels.ts'
import type { RunOptions } from '../../../src/run/options.ts'

const spec = async (options: Partial<RunOptions>) =>
  (await containerIdentity({ image: 'bb:1', job: 'a', ...options }, 'id')).labels[labels.spec]

test.each<[string, Partial<RunOptions>]>([
  [
    'its policies and limits of time',
    { pull: 'always', remove: 'never', timeout: 1, stopGrace: 1, capture: 0 },
  ],
  ['the size of its terminal', { container: { HostConfig: { ConsoleSize: [24, 80] } } }],
  ['whether it is detached', { detach: true }],
])('a run with the same key may differ in %s', async (_, options) => {
  expect(await spec(options)).toBe(await spec({}))
})

test.each<[string, Partial<RunOptions>]>([
  ['its image', { image: 'bb:2' }],
  ['its command', { command: ['true'] }],
  ['its environment', { env: { A: 'b' } }],
  ['its platform', { platform: 'linux/arm64' }],
  ['its labels', { labels: { a: 'b' } }],
  ['what Docker has a name for', { container: { HostConfig: { ReadonlyRootfs: true } } }],
])('a run with the same key may not differ in %s', async (_, options) => {
  expect(await spec(options)).not.toBe(await spec({}))
})

test('a run without a key has the name that was asked for', async () => {
  expect(await containerIdentity({ image: 'bb:1', name: 'n-1' }, 'id')).toMatchObject({ name: 'n-1' })
  expect(await containerIdentity({ image: 'bb:1', job: 'a' }, 'id')).toMatchObject({ name: 'holdfast-a' })
})
