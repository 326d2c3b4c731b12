import { describe, expect, test } from 'vitest'
import { normalize } from '../../../src/replay/record/normalize.ts'
import { random } from '../../support/random.ts'

const one = 'c0ffee00c0ffee00'.repeat(4)
const two = 'deadbeef12345678'.repeat(4)
const long = (n: number) => short(n) + '0'.repeat(52)
const short = (n: number) => `1d${n.toString(16).padStart(10, '0')}`

describe('ids', () => {
  test('are numbered as they appear, and are the same everywhere', () => {
    const text = `{"a":"${one}","b":"sha256:${two}","c":"/${one.slice(0, 12)}","d":"${two.slice(0, 12)}"}\n{"${one}":1}`
    expect(normalize(text)).toBe(
      `{"a":"${long(1)}","b":"sha256:${long(2)}","c":"/${short(1)}","d":"${short(2)}"}\n{"${long(1)}":1}`,
    )
  })

  test('whose first twelve digits are numbers are ids where the whole is one, before it and after it', () => {
    const id = `123456789012${'ab'.repeat(26)}`
    const text = `"123456789012" "${id}" "123456789012" "210987654321"`
    expect(normalize(text)).toBe(`"${short(1)}" "${long(1)}" "${short(1)}" "210987654321"`)
  })

  test('may stand right behind an escape of JSON, or another', () => {
    const text = String.raw`"\n${one}\r\n${one}\u0000${one.slice(0, 12)}\t${two}"`
    expect(normalize(text)).toBe(String.raw`"\n${long(1)}\r\n${long(1)}\u0000${short(1)}\t${long(2)}"`)
  })

  test('may stand right behind a percent-encoded character', () => {
    const path = (name: string) => `GET /events?filters=%7B%22container%22%3A%5B%22${name}%22%5D%7D`
    expect(normalize(path(one))).toBe(path(long(1)))
  })

  test('that are UUIDs have numbers of their own', () => {
    const text = '"2b1e4c9a-7f3d-4e5a-9b8c-1d2e3f4a5b6c" 00c0ffee-0000-1000-8000-00805f9b34fb'
    expect(normalize(text)).toBe(
      '"00000000-0000-4000-8000-000000000001" 00000000-0000-4000-8000-000000000002',
    )
  })

  test.each([
    `"at":123456789012`,
    `"${'a'.repeat(11)}"`,
    `"${'a'.repeat(13)}"`,
    `"${'a'.repeat(63)}"`,
    `"${'a'.repeat(128)}"`,
    `"x${one}"`,
    `"${one}x"`,
    `"DEADBEEF1234"`,
    '"Size":1234567890123456789',
  ])('are not: %s', text => expect(normalize(text)).toBe(text))
})

describe('dates', () => {
  test.each([
    ['"2026-11-23T15:24:01.123456789Z"', '"2026-01-01T00:00:00.000000000Z"'],
    ['"2026-11-23T15:24:01Z"', '"2026-01-01T00:00:00Z"'],
    ['"2026-11-23T15:24:01.5+02:00"', '"2026-01-01T00:00:00.000000000+02:00"'],
    [String.raw`"\n2026-11-23T15:24:01.123456789Z out"`, String.raw`"\n2026-01-01T00:00:00.000000000Z out"`],
    ['"Mon, 23 Nov 2026 15:24:01 GMT"', '"Thu, 01 Jan 2026 00:00:00 GMT"'],
    ['{"Created":1764000000,"Size":1764000000}', '{"Created":1767225600,"Size":1764000000}'],
    [
      String.raw`{\"time\":1764000000,\"timeNano\":1764000000123456789}`,
      String.raw`{\"time\":1767225600,\"timeNano\":1767225600000000000}`,
    ],
    ['/logs?follow=1&since=1764000000.123456789', '/logs?follow=1&since=1767225600.000000000'],
  ])('%s', (text, normalized) => {
    expect(normalize(text)).toBe(normalized)
    expect(normalize(normalized)).toBe(normalized)
  })

  test('that were never are kept', () => {
    expect(normalize('"0001-01-01T00:00:00Z"')).toBe('"0001-01-01T00:00:00Z"')
  })
})

test('is stable, whatever the text', () => {
  const below = random(5)
  const ids = Array.from(
    { length: 6 },
    (_, n) => [one, two, long(2), `123456789012${'0'.repeat(52)}`, long(4), long(255)][n] ?? '',
  )
  const parts = () => {
    const id = ids[below(ids.length)] ?? ''
    return [
      id,
      id.slice(0, 12),
      '\\n',
      ' ',
      '"',
      '2026-11-23T15:24:01.99Z',
      `00000000-0000-4000-8000-00000000000${below(10)}`,
      '123456789012',
    ][below(8)]
  }
  for (let round = 0; round < 500; round++) {
    const text = Array.from(
      { length: 1 + below(12) },
      () => `${parts()}${[' ', '', '/', '\n'][below(4)]}`,
    ).join('')
    const once = normalize(text)
    expect(normalize(once), text).toBe(once)
  }
})

test('never makes two ids one', () => {
  const text = `"${one}" "${long(1)}" "${two}" "${long(3)}"`
  expect(new Set(normalize(text).match(/[0-9a-f]{64}/g)).size).toBe(4)
})

test('the process that runs a job, and its host, are not named', () => {
  const owner = 'build-7 2b1e4c9a-7f3d-4e5a-9b8c-1d2e3f4a5b6c 4026531836 16554 935196'
  expect(normalize(`{"dev.holdfast.owner":"${owner}","x":"{\\"dev.holdfast.owner\\":\\"${owner}\\"}"}`)).toBe(
    `{"dev.holdfast.owner":"a-host - - 1 -","x":"{\\"dev.holdfast.owner\\":\\"a-host - - 1 -\\"}"}`,
  )
  const info = (name: string, count: number) =>
    `{"NFd":${count},"NGoroutines":${count},"NEventsListener":${count},"NoProxy":"a,b","Name":"${name}","Labels":[]}`
  expect(normalize(info('build-7', 41))).toBe(info('a-host', 1))
})

test("Podman's name of a request is an address in its memory, which differs each time", () => {
  const named = (address: string) => `{"headers":{"X-Reference-Id":"${address}"}}`
  expect(normalize(named('0xc001cfc3f8'))).toBe(normalize(named('0xc000014848')))
})
