import { expect, test } from 'vitest'
import { specHash } from '../../../src/run/jobs/spec-hash.ts'

const body = {
  Image: 'bb:1',
  Cmd: ['a', 'b'],
  Labels: { x: '1', y: '2' },
  HostConfig: { Memory: 1, Init: true },
}

test('is the same whatever the order of keys', () => {
  const other = {
    HostConfig: { Init: true, Memory: 1 },
    Labels: { y: '2', x: '1' },
    Cmd: ['a', 'b'],
    Image: 'bb:1',
  }
  expect(specHash(other, 'linux/amd64')).toBe(specHash(body, 'linux/amd64'))
  expect(specHash(body, undefined)).toMatch(/^[\da-f]{64}$/)
})

test.each([
  ['a value', { ...body, Image: 'bb:2' }],
  ['the order of a list', { ...body, Cmd: ['b', 'a'] }],
  ['a nested value', { ...body, HostConfig: { Memory: 2, Init: true } }],
  ['a label called __proto__', { ...body, Labels: JSON.parse('{"x":"1","y":"2","__proto__":"3"}') }],
])('differs by %s', (_, other) => {
  expect(specHash(other, undefined)).not.toBe(specHash(body, undefined))
})

test('differs by the platform', () => {
  expect(specHash(body, 'linux/amd64')).not.toBe(specHash(body, undefined))
})
