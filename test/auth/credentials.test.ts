import { describe, expect, test } from 'vitest'
import { type Credentials, readCredentials } from '../../src/auth/credentials.ts'
import { CredentialError } from '../../src/auth/error.ts'
import { encodeRegistryAuth } from '../../src/auth/header.ts'
import { Secret } from '../../src/auth/secret.ts'
import { exposure } from './exposure.ts'

const planted = 'pl4nted-s3cret'
const header = (credentials: Credentials) => encodeRegistryAuth(credentials, 'r.io').reveal()

describe('readCredentials', () => {
  test.each([planted, new Secret(planted)])('takes texts and secrets, and hides them', given => {
    const credentials = readCredentials({ username: 'u', password: given, identityToken: undefined }, 'r.io')
    expect(exposure(credentials)).not.toContain(planted)
    const sent = (value: unknown) => encodeRegistryAuth(readCredentials(value, 'r.io'), 'r.io').reveal()
    expect(sent(credentials)).toBe(header({ username: 'u', password: planted }))
    expect(sent({ identityToken: given })).toBe(header({ identityToken: planted }))
    expect(sent({ registryToken: given })).toBe(header({ registryToken: planted }))
  })

  test.each([
    ['not an object', planted],
    ['not an object', null],
    ['not an object', [planted]],
    ['no username and no token', { password: planted }],
    ['no username and no token', new Secret(planted)],
    ['username and identityToken', { username: planted, password: planted, identityToken: planted }],
    ['username is empty', { username: '', password: planted }],
    ['username is empty or not a string', { username: new Secret(planted), password: planted }],
    ['password is empty', { username: planted }],
    ['password is empty', { username: planted, password: '' }],
    ['neither a string nor a Secret', { username: planted, password: { planted } }],
    ['identityToken is empty', { identityToken: '' }],
    ['registryToken is empty', { registryToken: new Secret('') }],
  ])('says "%s" and shows nothing', (flaw, value) => {
    const attempt = () => readCredentials(value, 'r.io')
    expect(attempt).toThrow(CredentialError)
    expect(attempt).toThrow(`given for r.io are unusable`)
    expect(attempt).toThrow(flaw)
    expect(attempt).toThrow(expect.toSatisfy((error: unknown) => !exposure(error).includes(planted)))
  })
})
