import { describe, expect, test } from 'vitest'
import { logEntries } from '../../src/run/log-entries.ts'
import { collect } from '../support/errors.ts'

function frame(type: number, message: string): Buffer {
  const payload = Buffer.from(message)
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  // One buffer for all, as an Engine's body has it.
  const shared = Buffer.alloc(size)
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(shared, 0, at)
    yield shared.subarray(0, length)
  }
}

async function entriesOf(bytes: Buffer, size = bytes.length) {
  const { items, error } = await collect(logEntries(pieces(bytes, size)))
  const entries = items.flat().map(entry => ({ ...entry, bytes: Buffer.from(entry.bytes).toString() }))
  return { entries, error }
}

const docker = '2026-11-23T15:02:11.015004655Z'
const log = Buffer.concat([
  frame(1, `${docker} one\n`),
  frame(2, `${docker} \n`),
  frame(1, `${docker} a part`),
])
const timestamp = '2026-11-23T15:02:11.015004655'

test.each([1, 2, 3, 7, 8, 50, 1_000])('messages, in pieces of %i bytes', async size => {
  expect(await entriesOf(log, size)).toEqual({
    entries: [
      { stream: 'stdout', timestamp, bytes: 'one\n' },
      { stream: 'stderr', timestamp, bytes: '\n' },
      { stream: 'stdout', timestamp, bytes: 'a part' },
    ],
    error: undefined,
  })
})

test.each([
  ['2026-11-23T15:02:11.0150046Z', '2026-11-23T15:02:11.015004600'],
  ['2026-11-23T15:02:11Z', '2026-11-23T15:02:11.000000000'],
  ['2026-11-23T15:02:11.5+00:00', '2026-11-23T15:02:11.500000000'],
  ['2026-11-24T01:02:11.015004655+10:00', '2026-11-23T15:02:11.015004655'],
  ['2026-11-23T10:32:11-04:30', '2026-11-23T15:02:11.000000000'],
])('the timestamp %s', async (written, read) => {
  const { entries } = await entriesOf(frame(1, `${written} x y\n`))
  expect(entries).toEqual([{ stream: 'stdout', timestamp: read, bytes: 'x y\n' }])
})

describe('an error', () => {
  test.each<[string, Buffer, string]>([
    ['no frame', Buffer.from('plain text, and more of it'), 'not framed'],
    ['no timestamp', frame(1, 'just a line\n'), 'no timestamp'],
    ['the Engine itself', frame(3, 'Error grabbing logs: EOF'), 'Error grabbing logs: EOF'],
    ['an end inside a message', log.subarray(0, log.length - 2), 'broke off'],
    ['an end inside a header', Buffer.concat([log, Buffer.from([1, 0, 0])]), 'broke off'],
  ])('%s', async (_, bytes, words) => {
    expect((await entriesOf(bytes, 10)).error).toMatchObject({ message: expect.stringContaining(words) })
  })
})
