import { describe, expect, test } from 'vitest'
import { packArchive } from '../../src/engine/streams/pack.ts'
import type { RunOptions } from '../../src/run/options.ts'
import type { FakePath } from '../support/fake-archive.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { launch, prints } from './launch.ts'

const file = (content: string): FakePath => ({
  kind: 'file',
  archive: () => packArchive([{ name: 'result.json', content }]),
})

const paths: Record<string, FakePath> = {
  '/result.json': file('{"rows": 5}'),
  '/broken.json': file('{"rows": '),
  '/big.json': file(JSON.stringify('x'.repeat(2 ** 20))),
  '/dir': { kind: 'directory' },
  '/fifo': { kind: 'fifo' },
}

async function resultOf(options: Partial<RunOptions>, stdout = '', status = 0) {
  await using engine = await FakeEngine.start({
    images: ['bb:1'],
    paths,
    program: prints(stdout, '', status),
  })
  const { result, warnings, kind } = await launch(engine, options)
  return { result, warnings, kind }
}

describe('the result of a job', () => {
  test.each<[NonNullable<RunOptions['result']>, string, unknown]>([
    ['stdout', 'one\ntwo\n', 'one\ntwo\n'],
    ['stdout', '', ''],
    ['last-line', 'one\ntwo\n', 'two'],
    ['last-line', 'one\r\ntwo\r\n\r\n', 'two'],
    ['last-line', 'no end of line', 'no end of line'],
    ['last-line', '', null],
    [{ file: '/result.json' }, '', { rows: 5 }],
  ])('%j of %j is %j', async (result, stdout, value) => {
    expect(await resultOf({ result }, stdout)).toEqual({ result: value, warnings: [], kind: 'ok' })
  })

  test('is there when the job failed, too', async () => {
    expect(await resultOf({ result: { file: '/result.json' } }, '', 3)).toEqual({
      result: { rows: 5 },
      warnings: [],
      kind: 'exit',
    })
  })

  test('is the last line although what is before it was not kept', async () => {
    const stdout = `${'line\n'.repeat(1_000)}last\n`
    expect(await resultOf({ result: 'last-line', capture: 100 }, stdout)).toMatchObject({
      result: 'last',
      warnings: [],
    })
  })

  test.each<[Partial<RunOptions>, string, string]>([
    [{ result: 'stdout', capture: 4 }, '0123456789', '6 bytes of it were not kept'],
    [{ result: 'last-line', capture: 10 }, 'x'.repeat(100), 'longer than what was kept'],
    [{ result: { file: '/missing' } }, '', 'it does not exist in the container'],
    [{ result: { file: '/broken.json' } }, '', 'it is not JSON'],
    [{ result: { file: '/big.json' } }, '', 'more than 1048576 bytes'],
    [{ result: { file: '/dir' } }, '', 'it is a directory'],
    [{ result: { file: '/fifo' } }, '', 'it is a FIFO'],
  ])('%j that cannot be had is null, and a warning', async (options, stdout, words) => {
    expect(await resultOf(options, stdout)).toEqual({
      result: null,
      warnings: [expect.stringContaining(words)],
      kind: 'ok',
    })
  })
})
