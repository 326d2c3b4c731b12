import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Outcome } from '../../src/run/outcome.ts'
import { FakeEngine } from '../support/fake-engine.ts'

type Result = Pick<Outcome, 'kind' | 'warnings'> & { message?: string }

const script = join(import.meta.dirname, 'many-runs.ts')

/** Runs that many jobs in a process that may open 64 files. */
async function manyRuns(engine: FakeEngine, count: number, ...args: string[]): Promise<Result[]> {
  const command = ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, script, engine.host, `${count}`]
  return JSON.parse((await promisify(execFile)('sh', [...command, ...args])).stdout)
}

test('40 runs in a process that may open 64 files: all end well, each in its turn', async () => {
  let running = 0
  let most = 0
  // A job that lasts: without turns, all of them are under way at once.
  const program = async () => {
    most = Math.max(most, ++running)
    await setTimeout(20)
    running--
    return 0
  }
  await using engine = await FakeEngine.start({ images: ['bb:1'], program })
  const results = await manyRuns(engine, 40)
  expect(results.map(({ kind, message }) => message ?? kind)).toEqual(results.map(() => 'ok'))
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThan(14)
  const warnings = results.flatMap(each => each.warnings)
  expect(warnings).toHaveLength(40 - Number(/allow (\d+) at a time$/.exec(warnings[0] ?? '')?.[1]))
})

test('one that is cancelled while it waits for its turn asks the Engine for nothing', async () => {
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => setTimeout(20, 0) })
  const results = await manyRuns(engine, 20, 'cancel')
  expect(results.at(-1)).toMatchObject({ kind: 'cancelled', message: 'the run was cancelled' })
  expect(engine.asked.filter(operation => operation === 'create')).toHaveLength(19)
})
