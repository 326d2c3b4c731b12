import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../../src/cli/commands/run.ts'

const tests = globSync(join(import.meta.dirname, '../live/*.test.ts'))
  // It compares requests, and starts nothing.
  .filter(file => !file.endsWith('docker-run.test.ts'))
  .map(file => readFileSync(file, 'utf8'))
  .join('\n')

/** Flags of which no test sees the effect on a real Engine, and why. */
const unseen: Record<string, string> = {
  gpus: 'needs a GPU',
  'cpu-count': 'Windows',
  'cpu-percent': 'Windows',
  'io-maxbandwidth': 'Windows',
  'io-maxiops': 'Windows',
  'cpu-rt-period': 'needs a kernel with CONFIG_RT_GROUP_SCHED',
  'cpu-rt-runtime': 'needs a kernel with CONFIG_RT_GROUP_SCHED',
  'blkio-weight': 'needs a disk with the BFQ scheduler',
  'blkio-weight-device': 'needs a disk with the BFQ scheduler',
  'storage-opt': 'needs a storage driver with quotas',
  'engine-grace': 'the library has it in a test of restarts, as engineGrace',
  'max-stale': 'the library has it in a test of refresh, as maxStale',
  'fail-on-gap': 'no Engine loses output when it is asked to; a fake Engine does',
  progress: 'tests of the terminal draw recorded pulls of real Engines',
}

// Tests of a Swarm see its flags by the options of the library.
test('each flag of run is in a test on a real Engine, or has a reason', () => {
  const without = run.flags.flatMap(flag => {
    if ('refused' in flag || flag.hidden || flag.group === 'Swarm') return []
    const names = [`--${flag.name}`, ...(flag.short === undefined ? [] : [`'-${flag.short}'`])]
    return names.some(name => tests.includes(name)) ? [] : [flag.name]
  })
  expect(without.sort()).toEqual(Object.keys(unseen).sort())
})
