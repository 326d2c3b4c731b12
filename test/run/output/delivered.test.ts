import { describe, expect, test } from 'vitest'
import { DeliveredTail } from '../../../src/run/output/delivered.ts'

const part = 16 * 1024
const replaced = '\ufffd'

function delivered(...pieces: Array<string | Uint8Array>): DeliveredTail {
  const end = new DeliveredTail()
  for (const piece of pieces) end.add(Buffer.from(piece))
  return end
}

describe('what was delivered, as a log in JSON keeps it', () => {
  test('is the same where it is UTF-8', () => {
    const text = 'first\nsecond €\nhalf of the third 😀'
    expect(delivered(text).logged()).toEqual({
      end: Buffer.from(text),
      unlogged: Buffer.byteLength('half of the third 😀'),
    })
    expect(delivered('first\n').logged()).toEqual({ end: Buffer.from('first\n'), unlogged: 0 })
  })

  test('has a replacement for each byte that is none', () => {
    const { end } = delivered(Buffer.from('a\xff\xfeb\n', 'latin1')).logged()
    expect(end.toString()).toBe(`a${replaced}${replaced}b\n`)
  })

  test('keeps a character whose end is yet to come', () => {
    const half = Buffer.from('a€').subarray(0, 3)
    expect(delivered(half).logged()).toEqual({ end: half, unlogged: 3 })
  })

  test('replaces the halves of a character between two parts of a line', () => {
    const line = `${'x'.repeat(part - 1)}€ and on\n`
    const { end, unlogged } = delivered(line).logged()
    expect(end.toString()).toBe(`${'x'.repeat(part - 1)}${replaced.repeat(3)} and on\n`)
    expect(unlogged).toBe(0)
  })

  test('counts the parts from the start of the line, though that is not among the last bytes', () => {
    const start = '€'.repeat(20_000)
    const { end, unlogged } = delivered(start).logged()
    // 60,000 bytes: the third part ends at 49,152, which is a multiple of three; the second at 32,768, which is not.
    const kept = Buffer.from(start).subarray(60_000 - 32 * 1024)
    const cut = 32_768 - (60_000 - kept.length)
    const second = Buffer.from(`${'€'.repeat((cut - 2 - 1) / 3)}${replaced}${replaced}`)
    expect(end.subarray(0, second.length)).toEqual(second)
    expect(unlogged).toBe(60_000 - 3 * part)
  })

  test('has what was read from the log as it stands there: replaced bytes make a line longer, and all of it is logged', () => {
    const mixed = delivered(
      Buffer.concat([Buffer.from('x'.repeat(part - 1)), Buffer.from('€').subarray(0, 1)]),
    )
    mixed.add(Buffer.from(`${replaced}${replaced} and on`), 'log')
    expect(mixed.unlogged).toBe(0)
    expect(mixed.logged()).toEqual({
      end: Buffer.from(`${'x'.repeat(part - 1)}${replaced.repeat(3)} and on`),
      unlogged: 0,
    })
  })

  test('leaves out the rest of a line that began before them', () => {
    const { end } = delivered(`${'x'.repeat(40_000)}\n`, 'next\n').logged()
    expect(end.toString()).toBe('next\n')
  })
})
