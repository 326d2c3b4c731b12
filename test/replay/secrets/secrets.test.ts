import { describe, expect, test } from 'vitest'
import type { Exchange, Said } from '../../../src/replay/file/exchange.ts'
import { link, unlink } from '../../../src/replay/order/link.ts'
import { type Hiding, Secrets } from '../../../src/replay/secrets/secrets.ts'
import { passwords, registryAuth, spellings } from '../../support/secrets.ts'

const secret = 'pl4nted-s3cret'

/** The exchanges without their secrets. */
function hidden(exchanges: Partial<Exchange>[], hiding: Hiding = {}) {
  const whole = exchanges.map(one => ({ request: 'GET /x', headers: {}, said: [], ...one }))
  const linked = link({ head: { recording: 2 }, exchanges: structuredClone(whole) })
  const secrets = new Secrets(hiding)
  secrets.hide(linked)
  return { exchanges: unlink(linked), warnings: secrets.warnings, text: JSON.stringify(unlink(linked)) }
}

const answered = (text: string): Said => ({ answer: 200, reason: 'OK', headers: {}, body: { text } })
/** What becomes of the body of a request, and of a text that the Engine says afterwards. */
function body(text: string, later = '', hiding: Hiding = {}) {
  const { exchanges, warnings } = hidden([{ body: { text }, said: [answered(later)] }], hiding)
  const [one] = exchanges
  const [answer] = one?.said ?? []
  const textOf = (content: object | undefined) =>
    content && 'text' in content
      ? content.text
      : JSON.stringify(content && 'json' in content ? content.json : content)
  return {
    body: textOf(one?.body),
    later: textOf(answer && 'answer' in answer ? answer.body : undefined),
    warnings,
  }
}

describe('credentials in headers', () => {
  const fields = { username: 'alice', password: 'a>>>b???c', serveraddress: 'r.example' }
  const padded = registryAuth(fields)
  const standard = Buffer.from(JSON.stringify(fields)).toString('base64')
  const shown = (name: string, value: string, later = '') => {
    const { exchanges } = hidden([{ headers: { [name]: value }, said: [answered(later)] }])
    return { value: exchanges[0]?.headers[name], said: JSON.stringify(exchanges[0]?.said) }
  }

  test.each([
    ['base64url, padded', padded],
    ['base64url', padded.replace(/=+$/, '')],
    ['base64, padded', standard],
  ])('X-Registry-Auth in %s shows its keys, and its password is known', (_, header) => {
    const { value, said } = shown('X-Registry-Auth', header, `wrong password a>>>b???c for ${header}!`)
    expect(value).toBe('[present: password, serveraddress, username]')
    expect(said).toMatch(/wrong password \[secret:\d\] for \[secret:\d\]!/)
  })

  test.each([
    [
      'X-Registry-Config',
      registryAuth({ 'r.example': { username: 'a', password: secret } }),
      '[present: r.example]',
    ],
    ['Authorization', `Basic ${btoa(`alice:${secret}`)}`, '[present: Basic]'],
    ['authorization', `Bearer ${secret}`, '[present: Bearer]'],
    ['Authorization', secret, '[present]'],
    ['Cookie', `session=${secret}`, '[present]'],
    ['X-Registry-Auth', registryAuth({ identitytoken: secret }), '[present: identitytoken]'],
    ['X-Registry-Auth', 'e30=', '[present]'],
    ['X-Registry-Auth', '!!!not base64!!!', '[present]'],
  ])('%s: %s', (name, header, present) => {
    const { value, said } = shown(name, header, `token ${secret} session=${secret}`)
    expect(value).toBe(present)
    if (header.length > 20) expect(said).not.toContain(secret)
  })

  test('other headers are what they were', () => {
    expect(shown('Content-Type', 'application/json').value).toBe('application/json')
    expect(shown('X-Registry-Mirror', 'a').value).toBe('a')
  })
})

describe('bodies', () => {
  test.each<[what: string, text: string, shown: string]>([
    [
      'POST /auth',
      `{"username":"alice","password":"${secret}"}`,
      '{"username":"alice","password":"[secret:1]"}',
    ],
    [
      'a token',
      `{"IdentityToken":"${secret}","Status":"ok"}`,
      '{"IdentityToken":"[secret:1]","Status":"ok"}',
    ],
    ['a short password', '{"username":"al","password":"al"}', '{"username":"al","password":"[secret:1]"}'],
    ['variables', '{"Env":["DAY=monday","EMPTY=","BARE"]}', '{"Env":["DAY=[secret:1]","EMPTY=","BARE"]}'],
    [
      "Go's JSON",
      String.raw`{"Env":["A=a\u003cb"],"Cmd":["x\u003cy"]}`,
      String.raw`{"Env":["A=[secret:1]"],"Cmd":["x\u003cy"]}`,
    ],
    ['a body that was cut', `{"password":"${secret}`, '{"password":"[secret:1]'],
    ["a swarm's secret", '{"Name":"db","Data":"c2VjcmV0"}', '{"Name":"db","Data":"[secret:1]"}'],
    ['a join token', '{"Worker":"SWMTKN-1-49nj1-8vxv8"}', '{"Worker":"[secret:1]"}'],
    ['a flag', '{"Cmd":["db","--password=hunter2-1"]}', '{"Cmd":["db","--password=[secret:1]"]}'],
    [
      'a flag and its value',
      '{"Cmd":["db","--api-token","hunter2-1"]}',
      '{"Cmd":["db","--api-token","[secret:1]"]}',
    ],
    [
      'a flag in a script',
      '{"Cmd":["sh","-c","db --token hunter2-1 x"]}',
      '{"Cmd":["sh","-c","db --token [secret:1] x"]}',
    ],
    [
      'curl -u',
      '{"Cmd":["curl","-s","-u","alice:hunter2-1"]}',
      '{"Cmd":["curl","-s","-u","alice:[secret:1]"]}',
    ],
    [
      'curl -u in a script',
      '{"Cmd":["sh","-c","curl -u alice:hunter2-1 x"]}',
      '{"Cmd":["sh","-c","curl -u alice:[secret:1] x"]}',
    ],
    [
      'a bearer',
      '{"Cmd":["curl","-H","Authorization: Bearer abc.def-ghi"]}',
      '{"Cmd":["curl","-H","Authorization: Bearer [secret:1]"]}',
    ],
    ['a URL', '{"a":"http://alice:s3cret@proxy:3128/x"}', '{"a":"http://[secret:1]@proxy:3128/x"}'],
  ])('%s', (_, text, shown) => expect(body(text).body).toBe(shown))

  test.each([
    '{"Image":"alpine","Cmd":["echo","password"],"Labels":{"password-file":"/run/x"}}',
    '{"Cmd":["login","--password-stdin","host"]}',
    '{"Cmd":["sh","-c","db --token $TOKEN"]}',
    '{"Cmd":["id","-u","1000:1000"]}',
    '{"status":"Pulling from library/auth","id":"secret"}',
    '{"Secrets":[{"SecretID":"x"}],"Auth":null}',
  ])('are not touched without need: %s', text => expect(body(text).body).toBe(text))

  test('what one says of a secret is known in the other, with one number for each', () => {
    const create = `{"Env":["API_TOKEN=${secret}","DAY=monday","OTHER_KEY=${secret}"]}`
    expect(body(create, `used ${secret} on monday`)).toMatchObject({
      body: '{"Env":["API_TOKEN=[secret:1]","DAY=[secret:2]","OTHER_KEY=[secret:1]"]}',
      later: 'used [secret:1] on monday',
    })
  })
})

describe('are not looked for elsewhere, and a warning says so:', () => {
  test('what is short', () => {
    const { later, warnings } = body('{"Env":["DB_PASSWORD=root"]}', 'user root')
    expect(later).toBe('user root')
    expect(warnings).toEqual([
      'the value of DB_PASSWORD is shorter than 8 characters: it is taken out there, and not looked for elsewhere',
    ])
  })

  test('what is a word of the name of an image', () => {
    const { exchanges, warnings } = hidden([
      { request: 'GET /images/team/postgres:16/json' },
      {
        request: 'POST /containers/create',
        body: { json: { Image: 'team/postgres:16', Env: ['POSTGRES_PASSWORD=postgres'] } },
      },
    ])
    expect(exchanges).toMatchObject([
      { request: 'GET /images/team/postgres:16/json' },
      { body: { json: { Image: 'team/postgres:16', Env: ['POSTGRES_PASSWORD=[secret:1]'] } } },
    ])
    expect(warnings).toEqual([
      expect.stringMatching(/^the value of POSTGRES_PASSWORD is a word of the name of an image/),
    ])
  })

  test('but what its owner named is', () => {
    expect(body('{}', 'user root', { secrets: ['root'] })).toMatchObject({
      later: 'user [secret:1]',
      warnings: [],
    })
  })
})

describe('its maker says', () => {
  test('which variables stay', () => {
    const create = `{"Env":["DAY=monday","API_TOKEN=${secret}"]}`
    expect(body(create, '', { keepEnv: true }).body).toBe('{"Env":["DAY=monday","API_TOKEN=[secret:1]"]}')
    expect(body(create, '', { keepEnv: ['API_TOKEN'] }).body).toBe(
      `{"Env":["DAY=[secret:1]","API_TOKEN=${secret}"]}`,
    )
  })

  test('which labels go', () => {
    const text = '{"Labels":{"owner":"alice@example.com","team":"data"}}'
    expect(body(text, 'from alice@example.com', { redactLabels: ['owner'] })).toMatchObject({
      body: '{"Labels":{"owner":"[secret:1]","team":"data"}}',
      later: 'from [secret:1]',
    })
  })

  test('which patterns go', () => {
    expect(
      body('{"id":"customer-1234"}', 'customer-1234 of order=77', {
        redact: [/customer-\d+/g, /order=(\d+)/],
      }),
    ).toMatchObject({
      body: '{"id":"[secret:1]"}',
      later: '[secret:1] of order=[secret:2]',
    })
  })
})

test.each([
  ['/x?token=abc&a=1', '/x?token=[secret:1]&a=1'],
  ['/x?X-Amz-Signature=abc%2Fdef', '/x?X-Amz-Signature=[secret:1]'],
  [
    '/images/create?fromSrc=http%3A%2F%2Falice%3As3cret%40host%2Fx',
    '/images/create?fromSrc=http%3A%2F%2F[secret:1]%40host%2Fx',
  ],
  [
    '/images/create?fromSrc=http%3A%2F%2Fhost%2Fx%3Fa%3Db%40c',
    '/images/create?fromSrc=http%3A%2F%2Fhost%2Fx%3Fa%3Db%40c',
  ],
])('a target: %s', (target, shown) => {
  expect(hidden([{ request: `GET ${target}` }]).exchanges[0]?.request).toBe(`GET ${shown}`)
})

test('build arguments with telling names are known', () => {
  const query = new URLSearchParams({
    buildargs: JSON.stringify({ NPM_TOKEN: secret, VERSION: '1.22' }),
    t: 'x',
  })
  const { text } = hidden([{ request: `POST /build?${query}`, said: [answered(`npm ${secret}`)] }])
  expect(text).not.toContain(secret)
  expect(text).toContain('1.22')
})

test.each([
  'PUT /v1.41/containers/c/archive?path=/run/secrets',
  'PUT /containers/c/archive?noOverwriteDirNonDir=1&path=%2Frun%2Fsecrets',
  'GET /containers/c/archive?path=%2Frun%2Fsecrets%2Ftoken',
])('the secrets of a container, whatever they are: %s', request => {
  const archive = [{ name: 'token', mode: '444', mtime: '1970-01-01T00:00:00Z', text: `${secret}\n` }]
  const { exchanges } = hidden([
    { request, body: { archive } },
    { request: 'GET /x', said: [answered(`it was ${secret}`)] },
  ])
  expect(exchanges[0]?.body).toMatchObject({ archive: [{ text: '[secret:1]\n' }] })
  expect(JSON.stringify(exchanges[1])).toContain('it was [secret:1]')
})

test('other archives keep what does not look like a secret', () => {
  const archive = [{ name: 'token', mode: '444', mtime: '1970-01-01T00:00:00Z', text: 'plain words' }]
  const request = 'PUT /containers/c/archive?path=/run/secretservice'
  expect(hidden([{ request, body: { archive } }]).exchanges[0]?.body).toMatchObject({ archive })
})

test('files in archives: .npmrc and .env', () => {
  const file = (name: string, text: string) => ({ name, mode: '644', mtime: '2026-01-01T00:00:00Z', text })
  const npmrc = `//registry.example.com/:_authToken=${secret}\nregistry=https://registry.example.com\n`
  const archive = [
    file('.npmrc', npmrc),
    file('.env', 'export DB_PASSWORD="hunter2-1"\nDAY=monday\n'),
    file('a', `uses ${secret}`),
  ]
  const { exchanges } = hidden([{ body: { archive } }])
  expect(exchanges[0]?.body).toMatchObject({
    archive: [
      { text: npmrc.replace(secret, '[secret:1]') },
      { text: 'export DB_PASSWORD="[secret:2]"\nDAY=monday\n' },
      { text: 'uses [secret:1]' },
    ],
  })
})

describe('a secret that is known', () => {
  test.each([...passwords, 'two\nlines\r\n\tof it', '🔑🔑🔑'])(
    '%j is found however it is written',
    password => {
      for (const [way, text] of Object.entries(spellings('alice', password))) {
        const shown = body('{}', `before ${text} after`, { secrets: [password] }).later
        expect(shown, way).toMatch(/^before .*\[secret:1\].* after$/s)
        for (const spelling of Object.values(spellings('alice', password)))
          expect(shown, way).not.toContain(spelling)
      }
    },
  )

  test('is taken out where chunks or frames cut it', () => {
    for (let at = 1; at < secret.length; at++) {
      const parts = [`a ${secret.slice(0, at)}`, `${secret.slice(at)} b`]
      const { exchanges } = hidden(
        [
          { said: parts.map(text => ({ chunk: { text } })) },
          {
            said: [
              ...parts.map(text => ({ output: 'stdout' as const, text })),
              { output: 'stderr', text: parts[1] ?? '' },
            ],
          },
          { said: parts.map(text => ({ received: { text } })) },
        ],
        { secrets: [secret] },
      )
      expect(exchanges.map(({ said }) => said)).toEqual([
        [{ chunk: { text: 'a [secret:1]' } }, { chunk: { text: ' b' } }],
        [
          { output: 'stdout', text: 'a [secret:1]' },
          { output: 'stdout', text: ' b' },
          { output: 'stderr', text: `${secret.slice(at)} b` },
        ],
        [{ received: { text: 'a [secret:1]' } }, { received: { text: ' b' } }],
      ])
    }
  })

  test('is taken out though it is a part of another, or they overlap', () => {
    const shown = body('{}', 'hunter2 hunter2-long hunter2-long-tail', {
      secrets: ['hunter2', 'hunter2-long', 'long-tail'],
    }).later
    expect(String(shown).replace(/\[secret:\d\]/g, '#')).toBe('# # #')
  })
})

test('random bytes are what they were', () => {
  const bytes = Buffer.from(
    Array.from({ length: 100_000 }, (_, at) => (at * 7919 + (at >> 3) * 104_729) % 256),
  )
  const { exchanges } = hidden([
    {
      body: { json: { Env: ['DB_PASSWORD=root', `API_KEY=${secret}`] } },
      said: [{ received: { base64: bytes.toString('base64') } }],
    },
  ])
  expect(exchanges[0]?.said).toEqual([{ received: { base64: bytes.toString('base64') } }])
})
