import { expect, test } from 'vitest'
import type { Credentials } from '../../src/auth/credentials.ts'
import { encodeRegistryAuth } from '../../src/auth/header.ts'
import { Secret } from '../../src/auth/secret.ts'

const address = 'reg.example:5000'
const encode = (credentials: Credentials) => encodeRegistryAuth(credentials, address).reveal()

// As strict as Go's base64.URLEncoding, which the Engine decodes with.
function decode(header: string): unknown {
  expect(header).toMatch(/^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/)
  return JSON.parse(Buffer.from(header, 'base64url').toString())
}

test('pads JSON of every length mod 3', () => {
  const headers = ['p', 'pp', 'ppp'].map(password => encode({ username: 'u', password }))
  const ends = headers.map(header => /=*$/.exec(header)?.[0])
  expect(ends.toSorted()).toEqual(['', '=', '=='])
  expect(headers.map(decode)).toEqual(
    ['p', 'pp', 'ppp'].map(password => ({ username: 'u', password, serveraddress: address })),
  )
})

test('writes the bytes that Docker decodes', () => {
  expect(encodeRegistryAuth({ username: 'u', password: 'p>>>?' }, 'r.io').reveal()).toBe(
    'eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6InA-Pj4_Iiwic2VydmVyYWRkcmVzcyI6InIuaW8ifQ==',
  )
})

test.each(['abc>>>def???', 'a>>>', 'ab>>>', '???', 'pässwörd ✓ 密碼', 'with "quotes" and \\ and \n'])(
  'survives: %j',
  password => {
    expect(decode(encode({ username: 'ü', password }))).toEqual({
      username: 'ü',
      password,
      serveraddress: address,
    })
  },
)

test('this password gives + and / in the standard alphabet, so the test above can fail', () => {
  const json = JSON.stringify({ username: 'ü', password: 'abc>>>def???', serveraddress: address })
  expect(Buffer.from(json).toString('base64')).toMatch(/[+/]/)
})

test('names tokens as Docker does, and reveals secrets', () => {
  expect(decode(encode({ identityToken: new Secret('it') }))).toEqual({
    identitytoken: 'it',
    serveraddress: address,
  })
  expect(decode(encode({ registryToken: 'rt' }))).toEqual({ registrytoken: 'rt', serveraddress: address })
  expect(decode(encode({ username: 'u', password: new Secret('p') }))).toMatchObject({ password: 'p' })
})
