import { format } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../../src/auth/secret.ts'
import { exposure } from './exposure.ts'

const secret = new Secret('hunter2')

test('reveal() returns the value', () => {
  expect(secret.reveal()).toBe('hunter2')
})

test('is [redacted] as text, as JSON, inspected and formatted', () => {
  expect(`${secret}`).toBe('[redacted]')
  expect(JSON.stringify({ secret })).toBe('{"secret":"[redacted]"}')
  expect(format('%s %o %j', secret, secret, secret)).toBe('[redacted] [redacted] "[redacted]"')
})

test.each([
  ['itself', secret],
  ['nested', { a: [{ secret }] }],
  ['spread', { ...secret }],
  ['cloned', structuredClone(secret)],
  ['its properties', Object.getOwnPropertyDescriptors(secret)],
  ['an error about it', new Error(`about ${secret}`, { cause: secret })],
])('does not leak: %s', (_, value) => {
  expect(exposure(value)).not.toContain('hunter2')
})
