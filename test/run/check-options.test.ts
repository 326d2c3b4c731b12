import { describe, expect, test } from 'vitest'
import { checkRunOptions } from '../../src/run/check-options.ts'

describe('options known to be wrong', () => {
  test.each<[string, object]>([
    ['pull', { pull: 'sometimes' }],
    ['remove', { remove: 'maybe' }],
    ['cpus', { cpus: 0 }],
    ['cpus', { cpus: -1 }],
    ['cpus', { cpus: Number.NaN }],
    ['cpus', { cpus: Number.POSITIVE_INFINITY }],
    ['name', { name: '' }],
    ['name', { name: 'a' }],
    ['name', { name: '-ab' }],
    ['name', { name: 'a b' }],
    ['name', { name: 'a/b' }],
    ['memory', { memory: -1 }],
    ['memory', { memory: 1.5 }],
    ['memory', { memory: Number.NaN }],
    ['capture', { capture: -1 }],
    ['capture', { capture: Number.POSITIVE_INFINITY }],
    ['timeout', { timeout: -1 }],
    ['timeout', { timeout: 1.5 }],
    ['timeout', { timeout: 0.5 }],
    ['stopGrace', { stopGrace: -1 }],
    ['staleIf', { staleIf: 'never' }],
    ['maxStale', { maxStale: -1 }],
    ['maxStale', { maxStale: Number.POSITIVE_INFINITY }],
    ['pullTimeout', { pullTimeout: 5000 }],
    ['pullTimeout', { pullTimeout: null }],
    ['pullTimeout.connect', { pullTimeout: { connect: -1 } }],
    ['pullTimeout.idle', { pullTimeout: { idle: 0.5 } }],
    ['pullTimeout.total', { pullTimeout: { total: '1s' } }],
    ['breaker', { breaker: '' }],
    ['env', { env: { '': 'x' } }],
    ['env', { env: { 'A=B': 'x' } }],
    ['env', { env: { 'A\0': 'x' } }],
    ['platform', { platform: 'linux' }],
  ])('%s: %j', (option, wrong) => {
    expect(() => checkRunOptions({ image: 'bb:1', ...wrong })).toThrow(
      expect.objectContaining({
        kind: 'usage',
        message: expect.stringContaining(option === 'platform' ? 'is no platform' : `the option ${option} `),
      }),
    )
  })

  test.each<object>([
    {},
    { pull: 'missing' },
    { pull: 'always' },
    { pull: 'refresh', staleIf: 'any', maxStale: 0 },
    { pullTimeout: { connect: 0, total: 1 } },
    { pull: 'never' },
    { remove: 'success' },
    { remove: 'never' },
    { cpus: 0.01 },
    { name: '/ab' },
    { name: 'a.b_c-1' },
    { memory: 0 },
    { capture: 0 },
    { timeout: 0 },
    { timeout: 2 ** 40 },
    { stopGrace: 0 },
    { env: { 'MÜ.x-y': null } },
    { platform: 'linux/arm/v7' },
  ])('%j is right', options => {
    expect(() => checkRunOptions({ image: 'bb:1', ...options })).not.toThrow()
  })
})
