import { describe, expect, test } from 'vitest'
import { BodyFraming } from '../../../src/engine/http/body-framing.ts'

const chunked = { status: 200, headers: { 'transfer-encoding': 'chunked' } }

function read(framing: BodyFraming, text: string): string {
  return Array.from(framing.decode(Buffer.from(text)), piece => Buffer.from(piece).toString()).join('')
}

describe('chunks', () => {
  const text = '3\r\nabc\r\n0a;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nbehind'

  test('cut at every place', () => {
    for (let at = 0; at <= text.length; at++) {
      const framing = new BodyFraming(chunked)
      expect(read(framing, text.slice(0, at)) + read(framing, text.slice(at)), `at ${at}`).toBe(
        'abc0123456789',
      )
      expect(framing.done).toBe(true)
    }
  })

  test('that are not complete', () => {
    for (let at = 0; at < text.length - 'behind'.length; at++) {
      const framing = new BodyFraming(chunked)
      read(framing, text.slice(0, at))
      expect([framing.done, framing.mayEnd], `at ${at}`).toEqual([false, false])
    }
  })

  test.each(['xyz\r\n', '3\r\nabcd\r\n', '-1\r\n', '\r\n', `${'1'.repeat(5000)}`])(
    'that are broken: %j',
    text => {
      expect(() => read(new BodyFraming(chunked), text)).toThrow('not HTTP')
    },
  )
})

test('a body with a length', () => {
  const framing = new BodyFraming({ status: 404, headers: { 'content-length': '4' } })
  expect(read(framing, 'ab')).toBe('ab')
  expect(framing.mayEnd).toBe(false)
  expect(read(framing, 'cdef')).toBe('cd')
  expect(framing.done).toBe(true)
})

test.each(['-1', '1e3', 'x', '12, 12'])('a length that is not a number: %j', length => {
  expect(() => new BodyFraming({ status: 200, headers: { 'content-length': length } })).toThrow('not HTTP')
})

test('a body up to the end of the connection', () => {
  const framing = new BodyFraming({ status: 200, headers: {} })
  expect(read(framing, 'ab')).toBe('ab')
  expect([framing.done, framing.mayEnd]).toEqual([false, true])
})

test.each([204, 304])('no body: %i', status => {
  expect(new BodyFraming({ status, headers: {} }).done).toBe(true)
})
