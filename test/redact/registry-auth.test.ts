import { describe, expect, test } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import { registryAuthSecrets } from '../../src/redact/registry-auth.ts'
import { passwords, registryAuth, spellings } from '../support/secrets.ts'

const redact = (header: string, text: string) => new Redactor(registryAuthSecrets(header)).redact(text)

describe.each(passwords)('the password %j', password => {
  const header = registryAuth({ username: 'me', password, serveraddress: 'r.io' })

  test.each(Object.entries(spellings('me', password)))('as %s', (_, spelling) => {
    const clean = redact(header, `error parsing "${spelling}": unexpected`)
    expect(clean).toContain('[redacted]')
    expect(clean).toMatch(/^error parsing ".*": unexpected$/)
    for (const run of password.match(/[A-Za-z0-9]{3,}/g) ?? []) expect(clean).not.toContain(run)
  })
})

test.each(['password', 'auth', 'identitytoken', 'registrytoken', 'Password', 'IdentityToken'])(
  'the field %s is a secret, its neighbours are not',
  field => {
    const header = registryAuth({ username: 'me', [field]: 'hunter2hunter2', serveraddress: 'r.io' })
    expect(redact(header, 'me@r.io says hunter2hunter2')).toBe('me@r.io says [redacted]')
  },
)

test('the password within the field auth', () => {
  const header = registryAuth({ auth: Buffer.from('me:hunter2:hunter2').toString('base64') })
  expect(redact(header, 'me says hunter2:hunter2')).toBe('me says [redacted]')
})

test('the value itself, padded or not', () => {
  const header = registryAuth({ username: 'me', password: 'hunter' })
  expect(header).toMatch(/=$/)
  for (const text of [header, header.replace(/=+$/, ''), encodeURIComponent(header)])
    expect(redact(header, `<${text}>`)).toBe('<[redacted]>')
})

test('a value that is no JSON, or no object', () => {
  expect(redact('garbage', 'the value garbage is wrong')).toBe('the value [redacted] is wrong')
  expect(redact(registryAuth([] as never), '[]')).toBe('[]')
})

test.each(['', registryAuth({}), registryAuth({ username: 'me', password: '' })])('no secret: %j', header => {
  expect(redact(header, 'undefined "" null me: bWU6')).toBe('undefined "" null me: bWU6')
})
