import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { chunk, chunkedHead, end, hold, json, reset, text } from '../support/byte-server.ts'
import { engineAt, scripted } from '../support/engines.ts'
import { bytesOf, collect, engineError, rejection } from '../support/errors.ts'
import { inspectedContainer, pathStat, pathStatHeader } from '../support/responses.ts'
import { testOperations } from './operations.ts'

async function* bytes() {
  yield Buffer.from('tar')
}

testOperations({
  create: {
    call: ({ containers }) => containers.create({ Image: 'x', Env: ['A=ä'] }),
    sends: 'POST /containers/create',
    body: JSON.stringify({ Image: 'x', Env: ['A=ä'] }),
    type: 'application/json',
    answer: [201, { Id: 'abc', Warnings: [] }],
    gives: { Id: 'abc', Warnings: [] },
  },
  'create with a name and a platform': {
    call: ({ containers }) => containers.create({ Image: 'x' }, { name: 'my job', platform: 'linux/arm64' }),
    sends: 'POST /containers/create?name=my+job&platform=linux%2Farm64',
    body: JSON.stringify({ Image: 'x' }),
    type: 'application/json',
    answer: [201, { Id: 'abc' }],
    gives: { Id: 'abc' },
  },
  inspect: {
    call: ({ containers }) => containers.inspect('abc'),
    sends: 'GET /containers/abc/json',
    answer: [200, inspectedContainer],
    gives: inspectedContainer,
  },
  'inspect of a name that needs escapes': {
    call: ({ containers }) => containers.inspect('a/b?c#d %'),
    sends: 'GET /containers/a%2Fb%3Fc%23d%20%25/json',
    answer: [200, inspectedContainer],
    gives: inspectedContainer,
  },
  list: {
    call: ({ containers }) => containers.list(),
    sends: 'GET /containers/json',
    answer: [200, []],
    gives: [],
  },
  'list of all with labels': {
    call: ({ containers }) => containers.list({ all: true, filters: { label: ['a=b', 'c'] } }),
    sends: 'GET /containers/json?all=true&filters=%7B%22label%22%3A%5B%22a%3Db%22%2C%22c%22%5D%7D',
    answer: [200, [{ Id: 'abc' }]],
    gives: [{ Id: 'abc' }],
  },
  start: {
    call: ({ containers }) => containers.start('abc'),
    sends: 'POST /containers/abc/start',
    answer: [204],
  },
  'start of what runs': {
    call: ({ containers }) => containers.start('abc'),
    sends: 'POST /containers/abc/start',
    answer: [304],
  },
  stop: {
    call: ({ containers }) => containers.stop('abc'),
    sends: 'POST /containers/abc/stop',
    answer: [204],
  },
  'stop at once, of what has ended': {
    call: ({ containers }) => containers.stop('abc', { grace: 0 }),
    sends: 'POST /containers/abc/stop?t=0',
    answer: [304],
  },
  kill: {
    call: ({ containers }) => containers.kill('abc'),
    sends: 'POST /containers/abc/kill',
    answer: [204],
  },
  'kill with a signal': {
    call: ({ containers }) => containers.kill('abc', { signalName: 'SIGTERM' }),
    sends: 'POST /containers/abc/kill?signal=SIGTERM',
    answer: [204],
  },
  resize: {
    call: ({ containers }) => containers.resize('abc', { rows: 24, columns: 80 }),
    sends: 'POST /containers/abc/resize?h=24&w=80',
  },
  remove: {
    call: ({ containers }) => containers.remove('abc'),
    sends: 'DELETE /containers/abc',
    answer: [204],
  },
  'remove by force, with volumes': {
    call: ({ containers }) => containers.remove('abc', { force: true, volumes: true }),
    sends: 'DELETE /containers/abc?force=true&v=true',
    answer: [204],
  },
  wait: {
    call: async ({ containers }) => (await containers.wait('abc')).exit,
    sends: 'POST /containers/abc/wait',
    answer: [200, { StatusCode: 7, Error: null }],
    gives: { StatusCode: 7, Error: null },
  },
  'wait for the next exit': {
    call: async ({ containers }) => (await containers.wait('abc', { condition: 'next-exit' })).exit,
    sends: 'POST /containers/abc/wait?condition=next-exit',
    answer: [200, { StatusCode: 0 }],
    gives: { StatusCode: 0 },
  },
  logs: {
    call: async ({ containers }) => collect(await containers.logs('abc', { tty: true })),
    sends: 'GET /containers/abc/logs?stdout=true&stderr=true',
    answer: [200, ''],
    gives: { items: [], error: undefined },
  },
  'logs with all there is': {
    call: async ({ containers }) =>
      collect(
        await containers.logs('abc', {
          tty: true,
          follow: true,
          since: '1700000000.000000001',
          until: '1800000000',
          tail: 0,
          timestamps: true,
        }),
      ),
    sends:
      'GET /containers/abc/logs?stdout=true&stderr=true&follow=true&since=1700000000.000000001&until=1800000000&tail=0&timestamps=true',
    answer: [200, ''],
    gives: { items: [], error: undefined },
  },
  stats: {
    call: async ({ containers }) => collect(await containers.stats('abc')),
    sends: 'GET /containers/abc/stats?stream=true',
    answer: [200, '{"read":"1"}\n{"read":"2"}\n'],
    gives: { items: [{ read: '1' }, { read: '2' }], error: undefined },
  },
  getArchive: {
    call: async ({ containers }) => {
      const { stat, archive } = await containers.getArchive('abc', '/a b')
      return { stat, archive: (await bytesOf(archive)).toString() }
    },
    sends: 'GET /containers/abc/archive?path=%2Fa+b',
    answer: [200, 'tar', pathStatHeader],
    gives: { stat: pathStat, archive: 'tar' },
  },
  'putArchive of bytes': {
    call: ({ containers }) => containers.putArchive('abc', '/in', Buffer.from('tar')),
    sends: 'PUT /containers/abc/archive?path=%2Fin',
    body: 'tar',
    type: 'application/x-tar',
    answer: [200, ''],
  },
  putArchive: {
    call: ({ containers }) => containers.putArchive('abc', '/in', bytes(), { noOverwriteDirNonDir: true }),
    sends: 'PUT /containers/abc/archive?path=%2Fin&noOverwriteDirNonDir=true',
    body: '3\r\ntar\r\n0\r\n\r\n',
    type: 'application/x-tar',
  },
  statPath: {
    call: ({ containers }) => containers.statPath('abc', '/b'),
    sends: 'HEAD /containers/abc/archive?path=%2Fb',
    answer: [200, '', pathStatHeader],
    gives: pathStat,
  },
})

describe('what is not sent', () => {
  test.each(['', '.', '..'])('an id of %j', async id => {
    const { server, engine } = await scripted([])
    const { containers } = engine
    const calls = [
      async () => containers.inspect(id),
      async () => containers.remove(id, { force: true }),
      async () => containers.start(id),
      async () => containers.attach(id, { tty: false }),
      async () => containers.putArchive(id, '/', bytes()),
    ]
    for (const call of calls) expect(await engineError(call())).toMatchObject({ code: 'usage' })
    expect(server.accepted).toBe(0)
  })

  test('a container without an image', async () => {
    expect(await engineError(engineAt('unix:///no/such').containers.create({ Image: '' }))).toMatchObject({
      code: 'usage',
    })
  })
})

test.each([
  ['none', {}],
  ['one that is no base64', { 'X-Docker-Container-Path-Stat': '!' }],
  ['one that is no JSON', { 'X-Docker-Container-Path-Stat': 'aGk=' }],
])('a path-stat header: %s', async (_, headers) => {
  const { engine } = await scripted([{ on: /archive/, steps: [text(200, '', headers)] }])
  expect(await engineError(engine.containers.statPath('abc', '/b'))).toMatchObject({ code: 'bad-answer' })
})

test('an archive without a path-stat header: the connection closes', async () => {
  const { server, engine } = await scripted([{ on: 'GET', steps: [chunkedHead(), chunk('tar'), hold] }])
  expect(await engineError(engine.containers.getArchive('abc', '/'))).toMatchObject({ code: 'bad-answer' })
  await server.vacant()
})

test('an archive that is refused', async () => {
  const { engine } = await scripted([
    { on: 'PUT', steps: [json(404, { message: 'No such container: nope' })] },
  ])
  expect(await engineError(engine.containers.putArchive('nope', '/', bytes()))).toMatchObject({
    status: 404,
    engineMessage: 'No such container: nope',
    request: 'PUT /containers/nope/archive',
  })
})

test('an archive that is refused amid the upload: the words of the Engine come out, and the source is closed', async () => {
  const { server } = await scripted([
    { on: 'PUT', early: true, steps: [json(404, { message: 'No such container: nope' }), hold] },
  ])
  const engine = engineAt(server.address, { DOCKER_API_VERSION: '1.41' })
  const closed = Promise.withResolvers<string>()
  async function* endless() {
    try {
      for (;;) {
        yield Buffer.alloc(1000)
        await setImmediate()
      }
    } finally {
      closed.resolve('closed')
    }
  }
  expect(await engineError(engine.containers.putArchive('nope', '/', endless()))).toMatchObject({
    status: 404,
  })
  expect(await closed.promise).toBe('closed')
  await server.vacant()
})

test.each([true, false])('logs without tty ask the container, which has a terminal: %j', async Tty => {
  const raw = Tty ? 'raw' : Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 3]), Buffer.from('raw')])
  const { server } = await scripted([
    { on: /abc\/json/, steps: [json(200, { ...inspectedContainer, Config: { Tty } })] },
    { on: /logs/, steps: [chunkedHead(), chunk(raw), chunk('')] },
  ])
  const engine = engineAt(server.address, { DOCKER_API_VERSION: '1.41' })
  const { items } = await collect(await engine.containers.logs('abc'))
  expect(items).toEqual([{ stream: 'stdout', bytes: Buffer.from('raw') }])
  expect(server.paths).toEqual([
    'GET /v1.41/containers/abc/json',
    'GET /v1.41/containers/abc/logs?stdout=true&stderr=true',
  ])
})

describe('logs', () => {
  test('of an Engine that sends no content type are split by the caller’s tty', async () => {
    const framed = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 3]), Buffer.from('err')])
    const { engine } = await scripted([{ on: 'GET', steps: [chunkedHead(), chunk(framed), chunk('')] }])
    expect((await collect(await engine.containers.logs('abc', { tty: false }))).items).toEqual([
      { stream: 'stderr', bytes: Buffer.from('err') },
    ])
    expect((await collect(await engine.containers.logs('abc', { tty: true }))).items).toEqual([
      { stream: 'stdout', bytes: framed },
    ])
  })

  test('that break off between frames are a loss', async () => {
    const { engine } = await scripted([{ on: 'GET', steps: [chunkedHead(), chunk('abc'), reset] }])
    const { items, error } = await collect(await engine.containers.logs('abc', { tty: true }))
    expect(items).toHaveLength(1)
    expect(error).toMatchObject({ code: 'connection-lost' })
  })

  test('of a driver that keeps none', async () => {
    const words = 'configured logging driver does not support reading'
    const { engine } = await scripted([{ on: 'GET', steps: [json(501, { message: words })] }])
    expect(await engineError(engine.containers.logs('abc', { tty: false }))).toMatchObject({
      status: 501,
      engineMessage: words,
    })
  })
})

describe('wait', () => {
  const head = chunkedHead(200, { 'Content-Type': 'application/json' })

  test('is under way once the headers are in; the status comes later', async () => {
    const ended = Promise.withResolvers<void>()
    const { engine } = await scripted([
      {
        on: 'POST',
        steps: [head, () => ended.promise, chunk('{"Error":null,'), chunk('"StatusCode":7}\n'), chunk('')],
      },
    ])
    const { exit } = await engine.containers.wait('abc', { condition: 'next-exit' })
    ended.resolve()
    expect(await exit).toEqual({ Error: null, StatusCode: 7 })
  })

  test.each([
    ['before the status', [head, reset], 'connection-lost'],
    ['in the status', [head, chunk('{"StatusCode"'), end], 'connection-lost'],
    ['by an empty answer', [head, chunk('')], 'bad-answer'],
    ["by a proxy's words", [text(200, 'upstream timed out')], 'bad-answer'],
  ])('broken off %s', async (_, steps, code) => {
    const { engine } = await scripted([{ on: 'POST', steps }])
    const { exit } = await engine.containers.wait('abc')
    expect(await engineError(exit)).toMatchObject({ code })
  })

  test.each([256, -1, 1.5, true, null, '0', undefined])('with the status %j is refused', async StatusCode => {
    const { engine } = await scripted([{ on: 'POST', steps: [json(200, { StatusCode })] }])
    const { exit } = await engine.containers.wait('abc')
    expect(await engineError(exit)).toMatchObject({
      code: 'bad-answer',
      request: 'POST /containers/abc/wait',
      message: expect.stringContaining('StatusCode'),
    })
  })

  test('with an error of the Engine takes the status that comes with it', async () => {
    const result = { StatusCode: -1, Error: { Message: 'it is gone' } }
    const { engine } = await scripted([{ on: 'POST', steps: [json(200, result)] }])
    expect(await (await engine.containers.wait('abc')).exit).toEqual(result)
  })

  test('is given up by the signal', async () => {
    const { server, engine } = await scripted([{ on: 'POST', steps: [head, hold] }])
    const controller = new AbortController()
    const { exit } = await engine.containers.wait('abc', { signal: controller.signal })
    controller.abort('enough')
    expect(await rejection(exit)).toBe('enough')
    await server.vacant()
  })

  test('that is not awaited any more does not end the process', async () => {
    const { server, engine } = await scripted([{ on: 'POST', steps: [head, reset] }])
    await engine.containers.wait('abc')
    await server.vacant()
  })
})

test.each([
  ['null', null],
  ['no id', {}],
  ['an empty id', { Id: '' }],
  ['a number', { Id: 7 }],
  ['warnings that are no list', { Id: 'a', Warnings: 'x' }],
])('a creation whose response is unusable: %s', async (_, response) => {
  const { engine } = await scripted([{ on: 'POST', steps: [json(201, response)] }])
  expect(await engineError(engine.containers.create({ Image: 'x' }))).toMatchObject({
    code: 'bad-answer',
    kind: 'engine-error',
    request: 'POST /containers/create',
    message: expect.stringContaining("the Engine's response is not usable"),
  })
})
