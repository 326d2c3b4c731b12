import { describe, expect, test } from 'vitest'
import type { Credentials } from '../../src/auth/credentials.ts'
import { CredentialError } from '../../src/auth/error.ts'
import { encodeRegistryAuth } from '../../src/auth/header.ts'
import { askHelper } from '../../src/auth/helper.ts'
import { exposure } from './exposure.ts'
import { fakeHelpers, rejection } from './fake-helpers.ts'

const planted = 'pl4nted-s3cret'
const { signal } = new AbortController()
const question = { name: 'x', key: 'r.io', registry: 'r.io', source: 'config.json' }

/** Runs `script` as docker-credential-x. */
async function ask(script: string, changes: Partial<typeof question> = {}) {
  const { env, read } = await fakeHelpers({ x: script })
  const answer = await askHelper({ ...question, ...changes }, { env, timeout: 5_000, signal })
  return { answer, read }
}

const answering = (json: unknown) => `cat > "$DIR/stdin"; cat <<'END'\n${JSON.stringify(json)}\nEND`
const header = (credentials: Credentials | undefined) =>
  credentials && encodeRegistryAuth(credentials, 'r.io').reveal()

describe('an answer', () => {
  test('is asked for with get, and the key alone on stdin', async () => {
    const key = 'https://index.docker.io/v1/'
    const { answer, read } = await ask(
      `echo "$@" > "$DIR/arguments"; ${answering({ Username: 'u', Secret: planted })}`,
      { key },
    )
    expect(await read('stdin')).toBe(key)
    expect(await read('arguments')).toBe('get\n')
    expect(header(answer)).toBe(header({ username: 'u', password: planted }))
    expect(exposure(answer)).not.toContain(planted)
  })

  test.each([
    [
      'lower-case keys',
      { serverurl: 'other.io', username: 'ü', secret: 'pässwörd' },
      { username: 'ü', password: 'pässwörd' },
    ],
    [
      'another ServerURL',
      { ServerURL: 'other.io', Username: 'u', Secret: 'p' },
      { username: 'u', password: 'p' },
    ],
    ['<token>', { Username: '<token>', Secret: 't' }, { identityToken: 't' }],
  ])('%s', async (_, json, expected) => {
    expect(header((await ask(answering(json))).answer)).toBe(header(expected))
  })

  test('counts though stdin was closed unread, every time', async () => {
    const { env } = await fakeHelpers({ x: `exec <&-; echo '{"Username":"u","Secret":"p"}'` })
    const key = 'k'.repeat(1024 * 1024)
    for (let round = 0; round < 25; round++) {
      const answer = await askHelper({ ...question, key }, { env, timeout: 5_000, signal })
      expect(header(answer)).toBe(header({ username: 'u', password: 'p' }))
    }
  })
})

describe('not found', () => {
  test.each([
    ['its message on stdout and exit code 1', 'echo "credentials not found in native keychain"; exit 1'],
    ['the message among white space', 'printf "\\n credentials not found in native keychain \\r\\n"; exit 2'],
    ['exit code 0 and an empty pair', answering({ ServerURL: 'r.io', Username: '', Secret: '' })],
    ['exit code 0 and no pair', 'echo {}'],
  ])('%s', async (_, script) => {
    expect((await ask(script)).answer).toBeUndefined()
  })
})

describe('broken', () => {
  const leaky = `echo ${planted}; echo ${planted} >&2`
  test.each([
    ['failed with exit code 3', `${leaky}; exit 3`],
    ['failed with exit code 1', 'exit 1'],
    ['failed with exit code 1', 'echo "credentials not found in native keychain" >&2; exit 1'],
    ['failed with exit code 1', 'echo "no credentials username"; exit 1'],
    ['was killed by SIGTERM', `${leaky}; kill -TERM $$`],
    ['its answer is not the JSON', leaky],
    ['its answer is not the JSON', 'exit 0'],
    ['its answer is not the JSON', 'echo "credentials not found in native keychain"'],
    ['its answer is not the JSON', answering([planted])],
    ['its answer is not the JSON', answering({ Username: 1, Secret: planted })],
    ['answered with half', answering({ Username: '', Secret: planted })],
    ['answered with half', answering({ Username: planted })],
    ['wrote more than 65536 bytes and was killed', `while :; do echo ${planted}; done`],
  ])('%s: %s', async (failure, script) => {
    const error = await rejection(ask(script))
    expect(error).toBeInstanceOf(CredentialError)
    expect(error).toMatchObject({
      kind: 'credential-error',
      about: 'r.io',
      message: expect.stringContaining(`docker-credential-x, asked for r.io, `),
      hint: expect.stringMatching(/: echo r\.io \| docker-credential-x get\. .*HOLDFAST_HELPER_ENV\.$/),
    })
    expect(error).toHaveProperty('message', expect.stringContaining(failure))
    expect(exposure(error)).not.toContain(planted)
  })

  test('says what it wrote first on stderr', async () => {
    const error = await rejection(
      ask('echo; echo "token expired: run aws sso login" >&2; echo more >&2; exit 1'),
    )
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/ failed with exit code 1: token expired: run aws sso login$/),
    )
  })

  test('exits at once, every time', async () => {
    const { env } = await fakeHelpers({ x: 'exit 1' })
    for (let round = 0; round < 25; round++) {
      const error = await rejection(askHelper(question, { env, timeout: 5_000, signal }))
      expect(error).toHaveProperty('message', expect.stringContaining('exit code 1'))
    }
  })

  test('64 KiB are no flood', async () => {
    const json = JSON.stringify({ Username: 'u', Secret: 'p' }).padEnd(64 * 1024)
    expect((await ask(`printf '%s' '${json}'`)).answer).toBeDefined()
    expect(await rejection(ask(`printf '%s ' '${json}'`))).toHaveProperty(
      'message',
      expect.stringContaining('65536 bytes'),
    )
  })

  test('the hint quotes what a shell would not take literally', async () => {
    const error = await rejection(ask('exit 1', { key: "[::1]:5000'" }))
    expect(error).toHaveProperty(
      'hint',
      expect.stringContaining(`echo '[::1]:5000'\\''' | docker-credential-x get`),
    )
  })

  test('missing', async () => {
    const error = await rejection(ask('', { name: 'none' }))
    expect(error).toBeInstanceOf(CredentialError)
    expect(error).toMatchObject({
      message:
        'the credential helper docker-credential-none, asked for r.io, is not installed: it was not found in PATH',
      hint: 'Install docker-credential-none, or take it out of credHelpers or credsStore in config.json.',
    })
  })

  test('the hint names what configures it', async () => {
    const source = 'DOCKER_AUTH_CONFIG'
    for (const name of ['none', '../x'])
      expect(await rejection(ask('', { name, source }))).toHaveProperty(
        'hint',
        expect.stringContaining(source),
      )
  })

  test('an environment that no process can have is not quoted', async () => {
    const { env } = await fakeHelpers({ x: 'exit 1' })
    const limits = { env: { ...env, AWS_TOKEN: `${planted}\0` }, timeout: 5_000, signal }
    const error = await rejection(askHelper(question, limits))
    expect(error).toHaveProperty(
      'message',
      expect.stringContaining('cannot be started (ERR_INVALID_ARG_VALUE)'),
    )
    expect(exposure(error)).not.toContain(planted)
  })

  test.each(['../x', 'a/b', 'a\\b', '..', '-x', 'x y', 'x\n', 'x;y', 'x\0', 'é', '', 'x'.repeat(101)])(
    'the name %j',
    async name => {
      expect(await rejection(ask('exit 1', { name }))).toMatchObject({
        kind: 'credential-error',
        message: 'the name of the credential helper configured for r.io is invalid',
      })
    },
  )
})
