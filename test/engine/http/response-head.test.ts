import { describe, expect, test } from 'vitest'
import { ResponseHeadReader } from '../../../src/engine/http/response-head.ts'

const upgraded =
  'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nX-A:1\r\nx-a: 2 \r\n\r\n'

function readAll(text: string, at: number) {
  const reader = new ResponseHeadReader()
  return reader.push(Buffer.from(text.slice(0, at))) ?? reader.push(Buffer.from(text.slice(at)))
}

describe('a head', () => {
  test('cut at every place, with what follows it', () => {
    for (let at = 0; at <= upgraded.length; at++) {
      const complete = readAll(`${upgraded}rest`, at)
      expect(complete?.head).toEqual({
        status: 101,
        headers: { 'content-type': 'application/vnd.docker.raw-stream', 'x-a': ['1', '2'] },
      })
      if (at < upgraded.length) expect(String(complete?.rest)).toBe('rest')
    }
  })

  test('behind informational ones', () => {
    const text = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${upgraded}`
    for (let at = 0; at <= text.length; at++) expect(readAll(text, at)?.head.status, `at ${at}`).toBe(101)
  })

  test.each(['HTTP/1.1 204 No Content', 'HTTP/1.0 404', 'HTTP/1.1 200 '])('with the status line %j', line => {
    const status = Number(line.split(' ')[1])
    expect(readAll(`${line}\r\n\r\n`, 5)?.head).toEqual({ status, headers: {} })
  })

  test('that is not complete', () => {
    expect(new ResponseHeadReader().push(Buffer.from(upgraded.slice(0, -1)))).toBeUndefined()
  })
})

test.each([
  'SSH-2.0-OpenSSH_9.2\r\n',
  '\x15\x03\x01\x00\x02\x02\x46',
  'HTTP/2 200\r\n\r\n',
  'HTTP/1.1 20 OK\r\n\r\n',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
  'HTTP/1.1 200 OK\r\n: no name\r\n\r\n',
  'HTTP/1.1 200 OK\r\nfolded: a\r\n b\r\n\r\n',
])('is not HTTP: %j', text => {
  expect(() => new ResponseHeadReader().push(Buffer.from(text))).toThrow(
    expect.objectContaining({ name: 'HTTPParserError' }),
  )
})

test('has a limit of 16 KiB, whether it ends or not', () => {
  for (const rest of ['', '\r\n\r\n']) {
    const text = `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(16 * 1024)}${rest}`
    expect(() => new ResponseHeadReader().push(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'UND_ERR_HEADERS_OVERFLOW' }),
    )
  }
})
