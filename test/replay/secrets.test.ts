import { describe, expect, test } from 'vitest'
import { Secrets } from '../../src/replay/secrets.ts'
import { cut, random } from '../support/random.ts'
import { passwords, registryAuth, spellings } from '../support/secrets.ts'

const secret = 'pl4nted-s3cret'

/** The text, once these secrets have been taken out of it. */
function covered(secrets: Secrets, text: string): string {
  const bytes = Buffer.from(text)
  secrets.cover([bytes])
  expect(bytes).toHaveLength(Buffer.byteLength(text))
  return bytes.toString()
}

function body(secrets: Secrets, text: string): string {
  const bytes = Buffer.from(text)
  secrets.body([bytes])
  secrets.cover([bytes])
  expect(bytes).toHaveLength(Buffer.byteLength(text))
  return bytes.toString()
}

const stars = (text: string) => '*'.repeat(Buffer.byteLength(text))

describe('X-Registry-Auth', () => {
  const fields = { username: 'alice', password: 'a>>>b???c', serveraddress: 'r.example' }
  const padded = registryAuth(fields)
  const standard = Buffer.from(JSON.stringify(fields)).toString('base64')
  const capitals = registryAuth({ Username: 'alice', PASSWORD: fields.password, ServerAddress: 'r.example' })

  test.each([
    ['base64url, padded', padded],
    ['base64url', padded.replace(/=+$/, '')],
    ['base64, padded', standard],
    ['base64', standard.replace(/=+$/, '')],
  ])('in %s tells its keys, and its password is known', (_, value) => {
    const secrets = new Secrets()
    expect(secrets.header(['X-Registry-Auth', value])).toEqual([
      'X-Registry-Auth',
      '[present: password, serveraddress, username]',
    ])
    expect(covered(secrets, `wrong password a>>>b???c for ${value}!`)).toBe(
      `wrong password ********* for ${stars(value)}!`,
    )
  })

  test('with keys in capitals', () => {
    const secrets = new Secrets()
    expect(secrets.header(['x-registry-auth', capitals])[1]).toBe(
      '[present: PASSWORD, ServerAddress, Username]',
    )
    expect(covered(secrets, 'a>>>b???c')).toBe('*********')
  })

  test.each(['identitytoken', 'registrytoken', 'IdentityToken'])('with an %s', key => {
    const secrets = new Secrets()
    secrets.header(['X-Registry-Auth', registryAuth({ [key]: secret })])
    expect(covered(secrets, secret)).toBe(stars(secret))
  })

  test.each([
    ['nothing', 'e30=', '[present]'],
    ['garbage', '!!!not base64!!!', '[present]'],
    ['a list', Buffer.from('[1]').toString('base64'), '[present: 0]'],
    ['null', Buffer.from('null').toString('base64'), '[present]'],
  ])('with %s', (_, value, shown) => {
    expect(new Secrets().header(['X-Registry-Auth', value])[1]).toBe(shown)
  })

  test('with an auth of its own', () => {
    const secrets = new Secrets()
    secrets.header([
      'X-Registry-Auth',
      registryAuth({ auth: Buffer.from(`alice:${secret}`).toString('base64') }),
    ])
    expect(covered(secrets, `${secret} alice`)).toBe(`${stars(secret)} alice`)
  })
})

test('X-Registry-Config tells its registries', () => {
  const secrets = new Secrets()
  const value = registryAuth({
    'r.example': { username: 'alice', password: secret },
    'q.example': { password: 'other-one' },
  })
  expect(secrets.header(['X-Registry-Config', value])).toEqual([
    'X-Registry-Config',
    '[present: q.example, r.example]',
  ])
  expect(covered(secrets, `${secret} other-one`)).toBe(`${stars(secret)} *********`)
})

describe('Authorization', () => {
  test.each(['Authorization', 'proxy-authorization'])('%s: Basic', name => {
    const secrets = new Secrets()
    const token = Buffer.from(`alice:${secret}:more`).toString('base64')
    expect(secrets.header([name, `Basic ${token}`])).toEqual([name, '[present: Basic]'])
    expect(covered(secrets, `${secret}:more ${token} alice`)).toBe(
      `${stars(`${secret}:more`)} ${stars(token)} alice`,
    )
  })

  test('Bearer', () => {
    const secrets = new Secrets()
    expect(secrets.header(['authorization', `Bearer ${secret}`])[1]).toBe('[present: Bearer]')
    expect(covered(secrets, `token=${secret}`)).toBe(`token=${stars(secret)}`)
  })

  test('of no scheme', () => {
    const secrets = new Secrets()
    expect(secrets.header(['Authorization', secret])[1]).toBe('[present]')
    expect(covered(secrets, secret)).toBe(stars(secret))
  })

  test('cookies', () => {
    const secrets = new Secrets()
    expect(secrets.header(['Set-Cookie', `session=${secret}`])[1]).toBe('[present]')
    expect(covered(secrets, `session=${secret}`)).toBe(stars(`session=${secret}`))
  })
})

test('other headers are what they were', () => {
  const secrets = new Secrets()
  const headers = [
    ['Content-Type', 'application/json'],
    ['X-Registry-Mirror', 'a'],
    ['Authorized', 'yes'],
  ] as const
  for (const [name, value] of headers) expect(secrets.header([name, value])).toEqual([name, value])
})

describe('bodies', () => {
  test('POST /auth and its answer', () => {
    const secrets = new Secrets()
    const request = `{"username":"alice","password":"${secret}","serveraddress":"r.example"}`
    expect(body(secrets, request)).toBe(request.replace(secret, stars(secret)))
    const answer = '{"IdentityToken":"t0ken-t0ken","Status":"Login Succeeded"}\n'
    expect(body(secrets, answer)).toBe(answer.replace('t0ken-t0ken', '***********'))
    expect(covered(secrets, 't0ken-t0ken')).toBe('***********')
  })

  test('a config of registries, as builds have it', () => {
    const secrets = new Secrets()
    const auth = Buffer.from(`alice:${secret}`).toString('base64')
    const text = JSON.stringify({
      auths: { 'r.example': { auth }, 'q.example': { username: 'bob', password: 'other-one' } },
    })
    expect(body(secrets, text)).toBe(text.replace(auth, stars(auth)).replace('other-one', '*********'))
    expect(covered(secrets, secret)).toBe(stars(secret))
  })

  test('passwords that are short are taken out where they stand, and nowhere else', () => {
    const secrets = new Secrets()
    expect(body(secrets, '{"username":"al","password":"al"}')).toBe('{"username":"al","password":"**"}')
    expect(covered(secrets, 'also')).toBe('also')
  })

  test('variables, all of them, and elsewhere those with telling names', () => {
    const secrets = new Secrets()
    const create = JSON.stringify({
      Image: 'app',
      Env: ['DAY=monday', `API_TOKEN=${secret}`, 'EMPTY=', 'BARE', 'PIN_KEY=12'],
    })
    expect(body(secrets, create)).toBe(
      create.replace('monday', '******').replace(secret, stars(secret)).replace('=12', '=**'),
    )
    expect(covered(secrets, `monday ${secret} 12`)).toBe(`monday ${stars(secret)} 12`)
  })

  test("variables in an inspect answer, as Go's JSON has them, deep inside", () => {
    const secrets = new Secrets()
    const inspect = String.raw`{"Id":"a","Config":{"Env":["PATH=/bin","DB_PASSWORD=a\u003cb\u0026\"c\\d\u00e9"],"Cmd":["a\u003cb"]},"Env":null}`
    expect(body(secrets, inspect)).toBe(
      inspect.replace('/bin', '****').replace(/(DB_PASSWORD=).{26}/, `$1${'*'.repeat(26)}`),
    )
    expect(covered(secrets, 'a<b&"c\\dé')).toBe('*'.repeat(10))
  })

  test('a body that was cut, or is more than one, is searched, too', () => {
    const secrets = new Secrets()
    expect(body(secrets, `{"username":"alice","password":"${secret}`)).toBe(
      `{"username":"alice","password":"${stars(secret)}`,
    )
    expect(body(secrets, '{"a":1}\n{"identitytoken" : "t0ken-t0ken"}\n{')).toContain(
      '"identitytoken" : "***********"',
    )
    expect(body(secrets, '{"Env":["A=xyz","B=half')).toBe('{"Env":["A=***","B=****')
    expect(body(secrets, '{"password":"half\\')).toBe('{"password":"****\\')
  })

  test('come in pieces', () => {
    const text = JSON.stringify({ Config: { Env: ['A=b', `API_KEY=${secret}`] }, password: 'other-one' })
    for (let at = 0; at <= text.length; at++) {
      const secrets = new Secrets()
      const pieces = [text.slice(0, at), text.slice(at)].map(piece => Buffer.from(piece))
      secrets.body(pieces)
      expect(Buffer.concat(pieces).toString()).toBe(
        text.replace('=b', '=*').replace(secret, stars(secret)).replace('other-one', '*********'),
      )
    }
  })

  test("a swarm's secrets, its join tokens and its key", () => {
    const secrets = new Secrets()
    const token = 'SWMTKN-1-49nj1cmql0jkz5s954yi3oex3nedyz0fb0xx14ie39trti4wxv-8vxv8rssmk743ojnwacrr2e7c'
    expect(body(secrets, `{"Name":"db","Data":"c2VjcmV0"}`)).toBe('{"Name":"db","Data":"********"}')
    expect(body(secrets, `{"JoinTokens":{"Worker":"${token}"},"GraphDriver":{"Data":null}}`)).toBe(
      `{"JoinTokens":{"Worker":"${stars(token)}"},"GraphDriver":{"Data":null}}`,
    )
    expect(body(secrets, '{"UnlockKey":"SWMKEY-1-abc"}')).toBe('{"UnlockKey":"************"}')
  })

  test.each([
    '{"Image":"alpine","Cmd":["echo","password"],"Labels":{"password-file":"/run/x"}}',
    '{"status":"Pulling from library/auth","id":"secret"}',
    '{"IdentityToken":"","Status":"Login Succeeded"}',
    '{"Secrets":[{"SecretID":"x"}],"Auth":null,"AuthConfig":{"user":"a"}}',
    '{"Env":[]}',
    'password: none',
    '\u0001\0\0\0\0\0\0\u0005hello',
  ])('are not touched without need: %s', text => expect(body(new Secrets(), text)).toBe(text))
})

describe('users in URLs', () => {
  test.each([
    ['http://alice:s3cret@proxy:3128/x', 'http://************@proxy:3128/x'],
    ['https://t0ken@git.example/a.git', 'https://*****@git.example/a.git'],
    ['http://alice:s3@cret@proxy', 'http://*************@proxy'],
    ['http://alice:a&b@proxy', 'http://*********@proxy'],
    [String.raw`http://alice:a\u0026b@proxy`, 'http://**************@proxy'],
    [String.raw`http:\/\/alice:s3cret@proxy`, String.raw`http:\/\/************@proxy`],
    ['?fromSrc=http%3A%2F%2Falice%3As3cret%40host%2Fx', '?fromSrc=http%3A%2F%2F**************%40host%2Fx'],
    ['?fromSrc=http%3a%2f%2Falice%3As3cret@host', '?fromSrc=http%3a%2f%2F**************@host'],
    ['Get "http://alice:s3cret@r/v2/": dial', 'Get "http://************@r/v2/": dial'],
    ['http://ålice:s3crèt@r', 'http://**************@r'],
  ])('%s', (text, shown) => {
    expect(covered(new Secrets(), text)).toBe(shown)
    expect(Buffer.from(new Secrets().clean(Buffer.from(text).toString('latin1')), 'latin1').toString()).toBe(
      shown,
    )
  })

  test.each([
    'https://registry.example/v2/a@sha256:00',
    'http://host/path?mail=a@b',
    'http://host?mail=a@b',
    'https://a.example, or mail me@b.example',
    '"http://a.example","me@b.example"',
    'alice:s3cret@host',
    'docker.io/x@sha256:0',
    '/images/create?fromImage=http%3A%2F%2Fhost%2Fx%3Fa%3Db%40c',
    '/images/create?fromSrc=http%3A%2F%2Fhost&message=a@b',
  ])('are not in %s', text => expect(covered(new Secrets(), text)).toBe(text))

  test('their passwords are known then', () => {
    const secrets = new Secrets()
    secrets.target('/build?remote=https%3A%2F%2Falice%3As3cr%25C3%25A9t%40git.example')
    secrets.target('/x?remote=https://bob:other%20one@git.example')
    expect(covered(secrets, 'alice and other one and other+one')).toBe('alice and ********* and *********')
  })
})

test('build arguments with telling names are known', () => {
  const secrets = new Secrets()
  const query = new URLSearchParams({
    buildargs: JSON.stringify({ NPM_TOKEN: secret, VERSION: '1.22' }),
    t: 'x',
  })
  secrets.target(`/v1.41/build?${query}`)
  expect(secrets.clean(`/v1.41/build?${query}`)).toBe(`/v1.41/build?${query}`.replace(secret, stars(secret)))
  secrets.target('/build?buildargs=nonsense')
  secrets.target('/build?buildargs=null')
})

describe('a secret that is known', () => {
  test.each([...passwords, 'two\nlines\r\n\tof it', 'a"\\b', '"\\\\"', '%41%42', '🔑🔑'])(
    '%j is found however it is written',
    password => {
      for (const [way, text] of Object.entries(spellings('alice', password))) {
        const secrets = new Secrets([password])
        const shown = covered(secrets, `before ${text} after`)
        expect(shown, way).toMatch(/^before .*\*.* after$/s)
        for (const spelling of Object.values(spellings('alice', password)))
          expect(shown, way).not.toContain(spelling)
        // Of the secret's own characters none is left.
        if (!/base64|Basic/.test(way))
          expect(covered(secrets, text).replace(/password=|http:\/\/[^@]*@host\/|"|\\/g, ''), way).toMatch(
            /^\**$/,
          )
      }
    },
  )

  test('is found in base64 wherever it stands in it', () => {
    for (let before = 0; before < 7; before++)
      for (let after = 0; after < 4; after++) {
        const encoded = Buffer.from('x'.repeat(before) + secret + 'y'.repeat(after)).toString('base64')
        const shown = covered(new Secrets([secret]), `"${encoded}"`)
        const left = Buffer.from(shown.replace(/^"|"$/g, '').replaceAll('*', 'A'), 'base64').toString(
          'latin1',
        )
        for (let at = 0; at + 2 <= secret.length; at++) expect(left).not.toContain(secret.slice(at, at + 2))
      }
  })

  test('is taken out in each cut', () => {
    const text = `{"message":"denied: ${secret} is wrong"}`
    for (let at = 0; at <= text.length; at++) {
      const pieces = [text.slice(0, at), text.slice(at)].map(piece => Buffer.from(piece))
      new Secrets([secret]).cover(pieces)
      expect(pieces.map(piece => piece.toString()).join('')).toBe(text.replace(secret, stars(secret)))
      expect(pieces[0]).toHaveLength(at)
    }
    const pieces = cut(Buffer.from(text), random(1), 3).map(piece => Buffer.from(piece))
    new Secrets([secret]).cover(pieces)
    expect(Buffer.concat(pieces).toString()).toBe(text.replace(secret, stars(secret)))
  })

  test('is taken out where frames cut it, and the frames stay', () => {
    const frame = (text: string) => `\u0001\0\0\0\0\0\0${String.fromCharCode(text.length)}${text}`
    for (let at = 1; at < secret.length; at++) {
      const text = frame(`a ${secret.slice(0, at)}`) + frame(`${secret.slice(at)} b`) + frame('c')
      const shown =
        frame(`a ${stars(secret.slice(0, at))}`) + frame(`${stars(secret.slice(at))} b`) + frame('c')
      expect(covered(new Secrets([secret]), text)).toBe(shown)
    }
  })

  test('is taken out though it is a part of another, or they overlap', () => {
    const secrets = new Secrets(['hunter2', 'hunter2-long', 'long-tail', 'abab'])
    expect(covered(secrets, 'hunter2 hunter2-long hunter2-long-tail ababab')).toBe(
      '******* ************ ***************** ******',
    )
  })

  test.each(['"', '{', '":', 'conn', 'true', 'a', '12'])(
    '%j is taken out wherever it is said, as its owner wished',
    given => {
      expect(covered(new Secrets([given]), `x${given}y${given}`)).toBe(`x${stars(given)}y${stars(given)}`)
    },
  )

  test('and is empty is none', () => {
    expect(covered(new Secrets(['']), 'text')).toBe('text')
  })

  test('may be long, and of anything', () => {
    const long = Array.from({ length: 4_000 }, (_, n) =>
      String.fromCodePoint(32 + ((n * 7919) % 2_000)),
    ).join('')
    expect(covered(new Secrets([long]), `a${long}b`)).toBe(`a${stars(long)}b`)
    expect(covered(new Secrets([long]), JSON.stringify([long]))).toMatch(/^\["\*+"\]$/)
  })
})

test('what looks like a secret and is none stays', () => {
  const secrets = new Secrets([secret])
  const text = `pl4nted_s3cret PL4NTED-S3CRET pl4nted-s3cre ${'\\'.repeat(50_000)} \u0001\0\0\0\0\0\0\u0001x`
  const started = performance.now()
  expect(covered(secrets, text)).toBe(text)
  expect(performance.now() - started).toBeLessThan(1_000)
})
