import { describe, expect, test } from 'vitest'
import type { LogEntry, LogQuery } from '../../../src/run/execution.ts'
import { parseReference } from '../../../src/run/reference.ts'
import { pinned } from '../../../src/run/swarm/pin.ts'
import { Repeats } from '../../../src/run/swarm/repeats.ts'
import { AfterCursor, advance, type TaskCursor } from '../../../src/run/swarm/task-cursor.ts'
import { TaskLines } from '../../../src/run/swarm/task-lines.ts'
import { TaskLog } from '../../../src/run/swarm/task-log.ts'

function entry(time: number, text: string, stream: LogEntry['stream'] = 'stdout'): LogEntry {
  return {
    stream,
    timestamp: `2026-11-23T15:02:11.${String(time).padStart(9, '0')}`,
    bytes: Buffer.from(text),
  }
}

/** The texts behind a cursor that stands after the first `delivered` entries. */
function behind(log: readonly LogEntry[], delivered: number, from = 0) {
  let cursor: TaskCursor | undefined
  for (const each of log.slice(0, delivered)) cursor = advance(cursor, each)
  const place = new AfterCursor(cursor)
  const fresh = log.slice(from).filter(each => place.take(each))
  return { fresh: fresh.map(({ bytes }) => String(bytes)), found: place.found, missed: place.missed }
}

describe('a cursor', () => {
  const log = [entry(1, 'a'), entry(2, 'b'), entry(2, 'c'), entry(2, 'd', 'stderr'), entry(3, 'e')]

  test.each([0, 1, 2, 3, 4, 5])('after %i messages leaves the rest', delivered => {
    const rest = ['a', 'b', 'c', 'd', 'e'].slice(delivered)
    expect(behind(log, delivered)).toEqual({ fresh: rest, found: true, missed: false })
  })

  test('in a log that was rotated: what is there, and that something is missing', () => {
    expect(behind(log, 1, 1)).toEqual({ fresh: ['b', 'c', 'd', 'e'], found: false, missed: true })
  })

  test('of a log without it is not found', () => {
    expect(behind([entry(1, 'a')], 1, 1)).toEqual({ fresh: [], found: false, missed: false })
  })
})

describe('messages that come twice', () => {
  const kept = (...log: LogEntry[]) => {
    const repeats = new Repeats()
    return log.filter(each => repeats.take('t', each)).map(({ bytes }) => String(bytes))
  }

  test('at once, or all over again, count once', () => {
    const [one, two] = [entry(1, 'one\n'), entry(2, 'two\n')]
    expect(kept(one, one, two, two)).toEqual(['one\n', 'two\n'])
    expect(kept(one, two, one, two)).toEqual(['one\n', 'two\n'])
  })

  test('the parts of a line share a time, and are no repeats; nor is the same line at another time', () => {
    expect(kept(entry(1, 'aa'), entry(1, 'aa'), entry(1, 'b\n'), entry(2, 'b\n'))).toEqual([
      'aa',
      'aa',
      'b\n',
      'b\n',
    ])
  })

  test('one stream says nothing of the other', () => {
    expect(kept(entry(1, 'x\n'), entry(1, 'x\n', 'stderr'))).toEqual(['x\n', 'x\n'])
  })
})

describe('the last reading', () => {
  const parts = (count: number) => Array.from({ length: count }, () => entry(2, 'part'))
  const lines = Array.from({ length: 200 }, (_, index) => entry(index + 1, `${index}\n`))

  /** What is read of a log of which so many messages were delivered while the task ran. */
  async function read(log: readonly LogEntry[], delivered: number): Promise<string[]> {
    const ended = new AbortController()
    const gaps: string[] = []
    async function* sent({ follow, tail = log.length }: LogQuery) {
      yield Buffer.concat((follow ? log.slice(0, delivered) : log.slice(-tail)).map(framed))
      if (follow) ended.abort()
    }
    const source = new TaskLog({
      open: async query => sent(query),
      isOther: () => false,
      begun: Promise.resolve(),
      ended: ended.signal,
      numberOf: undefined,
      onGap: reason => gaps.push(reason),
    })
    const texts: string[] = []
    for (let pieces = await source.read(); pieces !== undefined; pieces = await source.read())
      texts.push(...pieces.map(({ bytes }) => String(Buffer.from(bytes))))
    expect(gaps).toEqual([])
    return texts
  }

  test.each([
    ['lines, the place near the end', lines, 190],
    ['lines, the place far from the end', lines, 10],
    ['lines, all delivered', lines, 200],
    ['a long line, the place among its parts, near the end', [...parts(150), entry(3, 'end\n')], 140],
    ['a long line, the place among its first parts', [...parts(150), entry(3, 'end\n')], 20],
    ['a long line behind another', [entry(1, 'first\n'), ...parts(30), entry(3, 'end\n')], 9],
  ])('%s: all, once', async (_, log, delivered) => {
    expect(await read(log, delivered)).toEqual(log.map(({ bytes }) => String(bytes)))
  })
})

/** A message as a service's log has it. */
function framed({ stream, timestamp, bytes }: LogEntry): Buffer {
  const ids = 'com.docker.swarm.node.id=n,com.docker.swarm.service.id=s,com.docker.swarm.task.id=t'
  const message = Buffer.concat([Buffer.from(`${timestamp}Z ${ids} `), bytes])
  const header = Buffer.from([stream === 'stdout' ? 1 : 2, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(message.length, 4)
  return Buffer.concat([header, message])
}

test('a line of one of several tasks is whole, has its number, and is cut after 64 KiB', () => {
  const lines = new TaskLines()
  expect(lines.add(3, entry(1, 'a'))).toBeUndefined()
  expect(lines.add(4, entry(1, 'b\n'))?.toString()).toBe('4 | b\n')
  expect(lines.add(3, entry(1, 'c\n'))?.toString()).toBe('3 | ac\n')
  expect(lines.add(1, entry(2, 'x'.repeat(65_536)))?.toString()).toMatch(/^1 \| x{65536}\n$/)
  lines.add(2, entry(3, 'rest', 'stderr'))
  expect(lines.rest().map(({ stream, bytes }) => [stream, String(bytes)])).toEqual([['stderr', '2 | rest\n']])
})

describe('an image is pinned', () => {
  const Id = `sha256:${'1'.repeat(64)}`
  const d = (digit: string) => `sha256:${digit.repeat(64)}`

  test.each<[string, string[], string]>([
    ['bb:1', [`bb@${d('a')}`], `bb@${d('a')}`],
    ['reg.example/bb:1', [`other/bb@${d('b')}`, `reg.example/bb@${d('a')}`], `reg.example/bb@${d('a')}`],
    ['bb:1', [`other/bb@${d('b')}`], `other/bb@${d('b')}`],
    [`bb@${d('c')}`, [`bb@${d('a')}`, `bb@${d('c')}`], `bb@${d('c')}`],
    ['bb:1', [], Id],
    [Id, [`bb@${d('a')}`], Id],
  ])('%s, of the digests %j, as %s', (text, RepoDigests, expected) => {
    expect(pinned(parseReference(text), { Id, RepoDigests })).toBe(expected)
  })
})
