import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type Cut, isCut, sizes, writeCut } from '../../../src/replay/play/pace.ts'
import { rejection } from '../../support/errors.ts'

const cuts: Cut[] = ['whole', '1', 'random:1', 'random:2', 'random:999999999']

/** What is written, piece by piece. */
function sink(failAt = Number.POSITIVE_INFINITY) {
  const pieces: string[] = []
  const to = new Writable({
    write(bytes, _, done) {
      pieces.push(bytes.toString())
      done(pieces.length > failAt ? new Error('gone') : null)
    },
  })
  to.on('error', () => undefined)
  return { to, pieces }
}

const text = 'abcdefghij'.repeat(50)

describe.each(cuts)('%s', cut => {
  test('writes all bytes in their order', async () => {
    const { to, pieces } = sink()
    await writeCut(to, Buffer.from(text), sizes(cut))
    expect(pieces.join('')).toBe(text)
  })

  test('cuts the same way every time', async () => {
    const first = sink()
    const second = sink()
    await writeCut(first.to, Buffer.from(text), sizes(cut))
    await writeCut(second.to, Buffer.from(text), sizes(cut))
    expect(first.pieces).toEqual(second.pieces)
  })

  test('fails when the reader has gone', async () => {
    const { to } = sink(0)
    expect(await rejection(writeCut(to, Buffer.from(text), sizes(cut)))).toEqual(new Error('gone'))
  })

  test('writes nothing for nothing', async () => {
    const { to, pieces } = sink()
    await writeCut(to, Buffer.alloc(0), sizes(cut))
    expect(pieces).toEqual([])
  })
})

test('whole is one piece, 1 as many as bytes, and random is between', async () => {
  const lengths = async (cut: Cut) => {
    const { to, pieces } = sink()
    await writeCut(to, Buffer.from(text), sizes(cut))
    return pieces.map(piece => piece.length)
  }
  expect(await lengths('whole')).toEqual([500])
  expect(await lengths('1')).toEqual(Array(500).fill(1))
  const random = await lengths('random:1')
  expect(Math.max(...random)).toBeLessThanOrEqual(64)
  expect(Math.min(...random)).toBeGreaterThanOrEqual(1)
  expect(new Set(random).size).toBeGreaterThan(5)
  expect(await lengths('random:2')).not.toEqual(random)
})

test('random sizes reach both ends, and go on', () => {
  const pieces = sizes('random:3')
  const seen = new Set(Array.from({ length: 5_000 }, () => pieces.next().value))
  expect(seen.size).toBe(64)
  expect(seen.has(1) && seen.has(64)).toBe(true)
})

test.each(['whole', '1', 'random:0', 'random:123456789'])('%s is a cut', text =>
  expect(isCut(text)).toBe(true),
)
test.each(['', '2', 'random', 'random:', 'random:x', 'random:-1', 'random:1234567890', ' 1', 'Whole', '1\n'])(
  '%j is none',
  text => expect(isCut(text)).toBe(false),
)
