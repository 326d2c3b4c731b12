import { describe, expect, test } from 'vitest'
import type { Credentials } from '../../src/auth/credentials.ts'
import { fingerprint } from '../../src/auth/fingerprint.ts'
import { Secret } from '../../src/auth/secret.ts'

const user = { username: 'u', password: 'correct-horse' }

describe('alike', () => {
  test.each<[string, Credentials, Credentials]>([
    ['in two objects', user, { ...user }],
    ['in another order', user, { password: user.password, username: user.username }],
    ['hidden or not', user, { ...user, password: new Secret(user.password) }],
    ['hidden twice', { identityToken: new Secret('t') }, { identityToken: new Secret('t') }],
  ])('the same %s', (_, one, other) => {
    expect(fingerprint(one)).toBe(fingerprint(other))
  })

  test('all that can’t be used', () => {
    const unusable = [
      {},
      null,
      { username: 'u' },
      { ...user, password: '' },
      'u:p',
    ] as unknown as Credentials[]
    expect(new Set(unusable.map(fingerprint))).toEqual(new Set(['unusable']))
  })
})

test('all others differ', () => {
  const others: Credentials[] = [
    user,
    { ...user, username: 'v' },
    { ...user, password: 'correct-horse ' },
    { username: 'u","password":"correct', password: 'horse' },
    { username: 'uc', password: 'orrect-horse' },
    { identityToken: 'correct-horse' },
    { registryToken: 'correct-horse' },
    { registryToken: new Secret('[redacted]') },
    { registryToken: new Secret('another') },
  ]
  expect(new Set(others.map(fingerprint)).size).toBe(others.length)
})

test('shows a hash, whatever the length', () => {
  for (const password of ['x', 'correct-horse'.repeat(100)]) {
    expect(fingerprint({ username: 'u', password })).toMatch(/^[0-9a-f]{64}$/)
  }
})
