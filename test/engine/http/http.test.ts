import { beforeEach, describe, expect, test } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import { isMiddleman, isStatus } from '../../../src/engine/error.ts'
import { newestApi } from '../../../src/engine/http/version.ts'
import { HeldSecrets } from '../../../src/redact/held.ts'
import { engineError } from '../../support/errors.ts'
import { nockedEngine, prepared, useNock } from '../../support/nocked.ts'
import { inspectedContainer, inspectedImage } from '../../support/responses.ts'
import { registryAuth as authOf } from '../../support/secrets.ts'

useNock()

describe('what goes out', () => {
  let engine: Engine
  beforeEach(() => {
    engine = nockedEngine()
  })

  test('a query is added to what the path has of one', async () => {
    prepared().get('/v1.41/x?a=1&b=2').reply(200, '{}')
    await (await engine.request({ method: 'GET', path: '/x?a=1', query: { b: 2 } })).json()
  })

  test('the query: undefined left out, lists repeated, objects as JSON', async () => {
    const query = { a: 'x y&z', b: 0, c: false, d: undefined, e: ['1', '2'], f: { g: ['h'] }, 'i&j k': 1 }
    prepared()
      .get('/v1.41/x?a=x+y%26z&b=0&c=false&e=1&e=2&f=%7B%22g%22%3A%5B%22h%22%5D%7D&i%26j+k=1')
      .reply(200, '{}')
    const { status, json } = await engine.request({ method: 'GET', path: '/x', query })
    expect([status, await json()]).toEqual([200, {}])
  })

  test('a body as JSON, with its type', async () => {
    prepared().post('/v1.41/x', '{"a":"ä"}').matchHeader('content-type', 'application/json').reply(201, '7')
    expect(await (await engine.request({ method: 'POST', path: '/x', json: { a: 'ä' } })).json()).toBe(7)
  })

  test('a type of the caller, in whatever letters', async () => {
    prepared()
      .post('/v1.41/x', 'null')
      .matchHeader('content-type', /^application\/merge$/)
      .reply(200, '1')
    const headers = { 'Content-Type': 'application/merge' }
    expect(await (await engine.request({ method: 'POST', path: '/x', json: null, headers })).json()).toBe(1)
  })

  test('a path that has a version goes out as it is', async () => {
    prepared().get('/v1.30/x').reply(200, '1')
    expect(await (await engine.request({ method: 'GET', path: '/v1.30/x' })).json()).toBe(1)
  })

  test.each(['x', '', 'http://other/x', 'v1.41/x'])('a path without a slash is refused: %j', async path => {
    expect(await engineError(engine.request({ method: 'GET', path }))).toMatchObject({ code: 'usage' })
  })

  test.each([
    ['/x y', {}],
    ['/x\r\nX-Registry-Auth: y', {}],
    ['/x', { a: 'b\r\nX-Registry-Auth: y' }],
    ['/x', { 'a b': 'c' }],
    ['/x', { expect: '100-continue' }],
  ])('what is no HTTP is refused, and not called a lost connection: %j %j', async (path, headers) => {
    const error = await engineError(engine.request({ method: 'POST', path, headers }))
    expect(error).toMatchObject({ code: 'usage', kind: 'usage' })
    expect(error.message).toContain("can't be sent")
  })

  test('the two rules hold on the raw road', async () => {
    const headers = { 'X-REGISTRY-AUTH': 'x' }
    expect(await engineError(engine.request({ method: 'POST', path: '/auth', json: {} }))).toMatchObject({
      code: 'forbidden',
    })
    expect(
      await engineError(engine.request({ method: 'POST', path: '/images/x/push', headers })),
    ).toMatchObject({ code: 'forbidden' })
  })
})

describe('what comes back', () => {
  let engine: Engine
  beforeEach(() => {
    engine = nockedEngine()
  })
  const get = () => engineError(engine.request({ method: 'GET', path: '/x', query: { secret: 'hunter2' } }))
  const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
    prepared().get('/v1.41/x').query(true).reply(status, body, headers)
  const json = { 'content-type': 'application/json' }

  test.each([
    [
      'the message of JSON',
      409,
      '{"message":"Conflict. The name is in use."}',
      json,
      'Conflict. The name is in use.',
    ],
    ['JSON whatever its type', 404, '{"message":"No such image: x"}', {}, 'No such image: x'],
    [
      'plain text',
      404,
      'No such container: nope\r\n',
      { 'content-type': 'text/plain' },
      'No such container: nope',
    ],
    ['the router', 404, '404 page not found\n', {}, '404 page not found'],
    [
      "Podman's",
      500,
      '{"cause":"no space","message":"writing blob: no space","response":500}',
      json,
      'writing blob: no space',
    ],
    ['JSON without a message', 500, '{"error":"x"}', json, '{"error":"x"}'],
    ['JSON whose message is no text', 500, '{"message":7}', json, '{"message":7}'],
    ['JSON that is no object', 500, 'null', json, 'null'],
    ['broken JSON', 500, '{"message":"x', json, '{"message":"x'],
    ['a redirect', 301, 'Moved', { location: '/elsewhere' }, 'Moved'],
    ['a redirect without words', 307, '', { location: 'http://elsewhere/x' }, ''],
    ['an empty message', 500, '{"message":""}', json, ''],
    ['no body', 503, '', { 'Api-Version': '1.41' }, ''],
    [
      "the Engine's own 503",
      503,
      '{"message":"not a manager"}',
      { ...json, 'Api-Version': '1.41' },
      'not a manager',
    ],
  ])('%s', async (_, status, body, headers, words) => {
    answer(status, body, headers)
    const error = await get()
    expect(error).toMatchObject({
      code: 'status',
      kind: 'engine-error',
      status,
      engineMessage: words,
      request: 'GET /x',
    })
    expect(error.message).toContain(`GET /x: ${status}: ${words}`)
    expect(error.message).not.toMatch(/: $/)
  })

  test.each([
    [502, 'Bad Gateway'],
    [503, '{"message":"no backend"}'],
    [504, ''],
  ])('%i that does not name an API version comes from a middleman: %j', async (status, body) => {
    answer(status, body, json)
    const error = await get()
    expect(error).toMatchObject({ code: 'not-an-engine', kind: 'engine-error', status })
    expect([isMiddleman(error), isStatus(error, status)]).toEqual([true, false])
  })

  test('a status without words', async () => {
    answer(503, '')
    expect((await get()).message).toBe('GET /x: 503: no reason given')
  })

  test.each([
    [
      'its type',
      '<p>x<title>502 Bad Gateway</title>',
      { 'content-type': 'text/html; charset=utf-8' },
      ' (502 Bad Gateway)',
    ],
    ['its start', '\n<!DOCTYPE html><html><head><TITLE>\n nginx </TITLE>', {}, ' (nginx)'],
    ['its start, without a title', '<html><body>hunter2', {}, ''],
  ])('a page of HTML, known by %s', async (_, body, headers, title) => {
    answer(502, body, headers)
    expect(await get()).toMatchObject({
      code: 'not-an-engine',
      kind: 'engine-error',
      engineMessage: `an HTML page${title}, not an Engine's answer`,
    })
  })

  test.each([
    [
      'api-too-new',
      'client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client',
    ],
    ['api-too-old', 'client version 1.52 is too new. Maximum supported API version is 1.41'],
  ])('%s', async (code, words) => {
    answer(400, JSON.stringify({ message: words }), json)
    expect(await get()).toMatchObject({ code, engineMessage: words, status: 400 })
    answer(400, `${words}\n`)
    expect(await get()).toMatchObject({ code, engineMessage: words })
    answer(500, words)
    expect(await get()).toMatchObject({ code: 'status', engineMessage: words })
  })

  test('304 is no failure', async () => {
    answer(304, '')
    expect((await engine.request({ method: 'GET', path: '/x' })).status).toBe(304)
  })

  test('1 MiB of an error is kept, and what was left out is marked', async () => {
    answer(500, 'x'.repeat(1024 * 1024 + 1))
    const { engineMessage: words } = await get()
    expect(words?.length).toBe(1024 * 1024 + 4)
    expect(words).toMatch(/^x+ \[…\]$/)
    answer(500, 'x'.repeat(1024 * 1024))
    expect((await get()).engineMessage).toMatch(/^x+$/)
  })

  describe('a secret that the Engine quotes', () => {
    const secret = 'pl4nted-s3cret'
    const pull = async (words: string, password = secret, headers: Record<string, string> = {}) => {
      prepared().post('/v1.41/images/create').query(true).reply(500, words, headers)
      const registryAuth = authOf({ username: 'me', password })
      return engineError(engine.images.pull({ fromImage: 'x', tag: '1', registryAuth }))
    }

    test.each([193, 195, 199])('is redacted before a title is cut: %i', async length => {
      const title = `${'x'.repeat(length)}${secret}`
      const error = await pull(`<html><title>${title}</title>`, secret, { 'content-type': 'text/html' })
      const shown = `${'x'.repeat(length)}[redacted]`.slice(0, 200)
      expect(error.engineMessage).toBe(`an HTML page (${shown}…), not an Engine's answer`)
    })

    test('is whole where the words are cut', async () => {
      const words = `${'.'.repeat(1024 * 1024 - 5)}${secret}${'.'.repeat(1_000)}`
      const { engineMessage = '' } = await pull(words)
      expect(engineMessage.replace(/^\.+/, '')).toBe('[redacted] […]')
    })

    test('may be long, and of special characters', async () => {
      const password = '!"$%&/()=?\\*+#[{^|.'.repeat(200)
      const error = await pull(JSON.stringify({ message: `wrong: ${password}` }), password)
      expect(error.engineMessage).toBe('wrong: [redacted]')
    })

    test('in an answer to another request, while it is held', async () => {
      using held = new HeldSecrets()
      held.hold([secret])
      answer(500, `no ${secret}`)
      expect((await get()).message).toBe('GET /x: 500: no [redacted]')
    })
  })

  test('neither query nor body of a request is in the error', async () => {
    prepared().post('/v1.41/x?token=hunter2').reply(500, 'no')
    const path = '/x?token=hunter2'
    const error = await engineError(engine.request({ method: 'POST', path, json: { password: 'hunter2' } }))
    expect(error).toMatchObject({ request: 'POST /x', message: 'POST /x: 500: no' })
  })

  test.each(['OK', '', '{"Env":["PASSWORD=hunter2"', '<html>'])(
    'an answer that is not JSON: %s',
    async body => {
      answer(200, body)
      const error = await engineError((await engine.request({ method: 'GET', path: '/x' })).json())
      expect(error).toMatchObject({
        code: 'bad-answer',
        request: 'GET /x',
        message: 'GET /x: the response is not JSON',
      })
      expect(error.cause).toBeUndefined()
    },
  )
})

describe('the version', () => {
  const version = (env?: NodeJS.ProcessEnv) => nockedEngine(env ?? {}).apiVersion()

  test('is learnt from the first inspect of an image, without a ping', async () => {
    const engine = nockedEngine({})
    prepared().get('/images/x/json').reply(200, inspectedImage, { 'Api-Version': '1.45' })
    prepared().get('/v1.45/containers/c/json').reply(200, inspectedContainer)
    expect((await engine.images.inspect('x')).Id).toBe('sha256:1')
    expect((await engine.containers.inspect('c')).Id).toBe('abc')
    expect(await engine.apiVersion()).toBe('1.45')
  })

  test('is learnt from its 404, too', async () => {
    const engine = nockedEngine({})
    prepared().get('/images/x/json').reply(404, { message: 'No such image: x' }, { 'Api-Version': '1.56' })
    expect(await engineError(engine.images.inspect('x'))).toMatchObject({ status: 404 })
    expect(await engine.apiVersion()).toBe(newestApi)
  })

  test('is not learnt from a response without it', async () => {
    const engine = nockedEngine({})
    prepared().get('/images/x/json').reply(200, inspectedImage)
    prepared().head('/_ping').reply(200, undefined, { 'Api-Version': '1.44' })
    await engine.images.inspect('x')
    expect(await engine.apiVersion()).toBe('1.44')
  })

  test('of an image asked for once it is known', async () => {
    const engine = nockedEngine({})
    prepared().head('/_ping').reply(200, undefined, { 'Api-Version': '1.44' })
    prepared().get('/v1.44/images/x/json').reply(200, inspectedImage)
    expect(await engine.apiVersion()).toBe('1.44')
    expect((await engine.images.inspect('x')).Id).toBe('sha256:1')
  })

  test.each([
    ['1.41', '1.41'],
    ['1.44', '1.44'],
    [newestApi, newestApi],
    ['1.56', newestApi],
    [undefined, newestApi],
  ])('HEAD /_ping says %s: %s', async (theirs, ours) => {
    prepared()
      .head('/_ping')
      .reply(200, undefined, theirs === undefined ? {} : { 'Api-Version': theirs })
    expect(await version()).toBe(ours)
  })

  test.each([405, 404, 500])('HEAD /_ping says %i: GET', async status => {
    prepared().head('/_ping').reply(status)
    prepared().get('/_ping').reply(200, 'OK', { 'Api-Version': '1.43' })
    expect(await version()).toBe('1.43')
  })

  test('of a web server that has neither the image nor a ping is not asked for: it is no Engine', async () => {
    const engine = nockedEngine({})
    prepared().get('/images/x/json').reply(404, 'not found')
    prepared().head('/_ping').reply(404)
    prepared().get('/_ping').reply(404, 'not found')
    expect(await engineError(engine.images.inspect('x'))).toMatchObject({
      code: 'not-an-engine',
      request: 'GET /_ping',
    })
  })

  test('neither HEAD nor GET: the words of GET', async () => {
    prepared().head('/_ping').reply(503)
    prepared().get('/_ping').reply(503, 'starting up', { 'Api-Version': '1.43' })
    expect(await engineError(version())).toMatchObject({
      code: 'status',
      status: 503,
      engineMessage: 'starting up',
      request: 'GET /_ping',
    })
  })

  test.each(['1.40', '1.24'])('an Engine of %s is refused, whatever it answered', async theirs => {
    const old = { code: 'api-too-old', kind: 'engine-error' }
    prepared().head('/_ping').reply(200, undefined, { 'Api-Version': theirs })
    expect(await engineError(version())).toMatchObject(old)
    prepared().get('/images/x/json').reply(200, {}, { 'Api-Version': theirs })
    expect(await engineError(nockedEngine({}).images.inspect('x'))).toMatchObject(old)
    prepared().get('/images/x/json').reply(404, 'page not found', { 'Api-Version': theirs })
    expect(await engineError(nockedEngine({}).images.inspect('x'))).toMatchObject(old)
  })

  test('DOCKER_API_VERSION ends the negotiation', async () => {
    const engine = nockedEngine({ DOCKER_API_VERSION: '1.30' })
    prepared().get('/v1.30/images/x/json').reply(200, inspectedImage, { 'Api-Version': '1.24' })
    expect((await engine.images.inspect('x')).Id).toBe('sha256:1')
    expect(await engine.apiVersion()).toBe('1.30')
  })

  test('DOCKER_API_VERSION that is none', async () => {
    const engine = nockedEngine({ DOCKER_API_VERSION: 'latest' })
    expect(await engineError(engine.images.inspect('x'))).toMatchObject({ code: 'usage' })
    expect(await engineError(engine.apiVersion())).toMatchObject({ code: 'usage' })
  })
})
