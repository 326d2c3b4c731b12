import { expect, test } from 'vitest'
import { specHash } from '../../../src/run/jobs/spec-hash.ts'

const body = {
  Image: 'bb:1',
  Cmd: ['a', 'b'],
  Labels: { x: '1', y: '2' },
  HostConfig: { Memory: 1, Init: true },
}

test('is the same whatever the order of keys', async () => {
  const other = {
    HostConfig: { Init: true, Memory: 1 },
    Labels: { y: '2', x: '1' },
    Cmd: ['a', 'b'],
    Image: 'bb:1',
  }
  expect(await specHash(other, 'linux/amd64')).toBe(await specHash(body, 'linux/amd64'))
  expect(await specHash(body, undefined)).toMatch(/^[\da-f]{64}$/)
})

test.each([
  ['a value', { ...body, Image: 'bb:2' }],
  ['the order of a list', { ...body, Cmd: ['b', 'a'] }],
  ['a nested value', { ...body, HostConfig: { Memory: 2, Init: true } }],
  ['a label called __proto__', { ...body, Labels: JSON.parse('{"x":"1","y":"2","__proto__":"3"}') }],
])('differs by %s', async (_, other) => {
  expect(await specHash(other, undefined)).not.toBe(await specHash(body, undefined))
})

test('differs by the platform', async () => {
  expect(await specHash(body, 'linux/amd64')).not.toBe(await specHash(body, undefined))
})
