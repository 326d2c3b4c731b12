import { describe, expect, test } from 'vitest'
import type { Progress } from '../../src/engine/wire.ts'
import { chunk, chunkedHead, hold } from '../support/byte-server.ts'
import { scripted } from '../support/engines.ts'
import { engineError, rejection } from '../support/errors.ts'
import { inspectedImage } from '../support/responses.ts'
import { testOperations } from './operations.ts'

async function* bytes() {
  yield Buffer.from('tar')
}

const lines = '{"status":"a"}\r\n{"status":"b"}\r\n'
const messages = [{ status: 'a' }, { status: 'b' }]

/** The progress messages of an operation that succeeds. */
async function progressOf(operation: (onProgress: (message: Progress) => void) => Promise<void>) {
  const seen: Progress[] = []
  expect(await operation(message => void seen.push(message))).toBeUndefined()
  return seen
}

testOperations({
  inspect: {
    call: ({ images }) => images.inspect('registry.example:5000/team/x:1'),
    sends: 'GET /images/registry.example:5000/team/x:1/json',
    answer: [200, inspectedImage],
    gives: inspectedImage,
  },
  'inspect by digest': {
    call: ({ images }) => images.inspect('x@sha256:0123'),
    sends: 'GET /images/x@sha256:0123/json',
    answer: [200, inspectedImage],
    gives: inspectedImage,
  },
  'inspect for a platform': {
    call: ({ images }) =>
      images.inspect('x', { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }),
    sends:
      'GET /images/x/json?platform=%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22arm64%22%2C%22variant%22%3A%22v8%22%7D',
    answer: [200, inspectedImage],
    gives: inspectedImage,
  },
  'inspect of a name that needs escapes': {
    call: ({ images }) => images.inspect('a b?c#d%2f'),
    sends: 'GET /images/a%20b%3Fc%23d%252f/json',
    answer: [200, inspectedImage],
    gives: inspectedImage,
  },
  list: { call: ({ images }) => images.list(), sends: 'GET /images/json', answer: [200, []], gives: [] },
  'list of some': {
    call: ({ images }) => images.list({ filters: { reference: ['x:1'] }, all: true }),
    sends: 'GET /images/json?filters=%7B%22reference%22%3A%5B%22x%3A1%22%5D%7D&all=true',
    answer: [200, [{ Id: 'sha256:1' }]],
    gives: [{ Id: 'sha256:1' }],
  },
  pull: {
    call: ({ images }) =>
      progressOf(onProgress => images.pull({ fromImage: 'docker.io/library/x', tag: '1', onProgress })),
    sends: 'POST /images/create?fromImage=docker.io%2Flibrary%2Fx&tag=1',
    answer: [200, lines],
    gives: messages,
  },
  'pull by digest, for a platform': {
    call: ({ images }) =>
      progressOf(onProgress =>
        images.pull({ fromImage: 'x', tag: 'sha256:01', platform: 'linux/arm/v7', onProgress }),
      ),
    sends: 'POST /images/create?fromImage=x&tag=sha256%3A01&platform=linux%2Farm%2Fv7',
    answer: [200, lines],
    gives: messages,
  },
  import: {
    call: ({ images }) =>
      progressOf(onProgress => images.import(bytes(), { repo: 'x', tag: '1', onProgress })),
    sends: 'POST /images/create?fromSrc=-&repo=x&tag=1',
    body: '3\r\ntar\r\n0\r\n\r\n',
    type: 'application/x-tar',
    answer: [200, lines],
    gives: messages,
  },
  'import with changes': {
    call: ({ images }) => {
      const changes = ['CMD ["sh"]', 'USER 7']
      return images.import(bytes(), { repo: 'x', tag: '1', changes, platform: 'linux/amd64' })
    },
    sends:
      'POST /images/create?fromSrc=-&repo=x&tag=1&changes=CMD+%5B%22sh%22%5D&changes=USER+7&platform=linux%2Famd64',
    body: '3\r\ntar\r\n0\r\n\r\n',
    type: 'application/x-tar',
    answer: [200, lines],
  },
  load: {
    call: ({ images }) => progressOf(onProgress => images.load(bytes(), { onProgress })),
    sends: 'POST /images/load',
    body: '3\r\ntar\r\n0\r\n\r\n',
    type: 'application/x-tar',
    answer: [200, lines],
    gives: messages,
  },
  tag: {
    call: ({ images }) => images.tag('sha256:1', { repo: 'team/x', tag: '2' }),
    sends: 'POST /images/sha256:1/tag?repo=team%2Fx&tag=2',
    answer: [201],
  },
  remove: {
    call: ({ images }) => images.remove('x:1'),
    sends: 'DELETE /images/x:1',
    answer: [200, [{ Untagged: 'x:1' }]],
    gives: [{ Untagged: 'x:1' }],
  },
  'remove by force': {
    call: ({ images }) => images.remove('x:1', { force: true }),
    sends: 'DELETE /images/x:1?force=true',
    answer: [200, []],
    gives: [],
  },
})

test.each(['', '.', '..', '/x', 'x/', 'a//b', '../auth', 'a/../../auth', 'x/./y'])(
  'a name of %j is not sent',
  async name => {
    const { server, engine } = await scripted([])
    const { images } = engine
    const calls = [
      () => images.inspect(name),
      () => images.tag(name, { repo: 'x', tag: '1' }),
      () => images.remove(name),
    ]
    for (const call of calls) expect(await engineError(call())).toMatchObject({ code: 'usage' })
    expect(server.accepted).toBe(0)
  },
)

describe('X-Registry-Auth', () => {
  test.each([
    ['goes out as it was given', 'abc-_=', 'abc-_='],
    ['is not sent when there is none', undefined, undefined],
  ])('%s', async (_, registryAuth, expected) => {
    const { server, engine } = await scripted([{ on: 'POST', steps: [chunkedHead(), chunk('')] }])
    await engine.images.pull({ fromImage: 'x', tag: '1', registryAuth })
    expect(server.requests.map(({ headers }) => headers['x-registry-auth'])).toEqual([undefined, expected])
  })

  test('that is no header is refused, without being quoted', async () => {
    const { engine } = await scripted([])
    const error = await engineError(
      engine.images.pull({ fromImage: 'x', tag: '1', registryAuth: 'hunter2\r\nx: y' }),
    )
    expect(error).toMatchObject({ code: 'usage' })
    expect(`${error.message} ${error.cause} ${error.stack}`).not.toContain('hunter2')
  })
})

test('a pull is given up by the signal before the Engine says a word', async () => {
  const { server, engine } = await scripted([{ on: 'POST', steps: [hold] }])
  const controller = new AbortController()
  const pulled = rejection(engine.images.pull({ fromImage: 'x', tag: '1', signal: controller.signal }))
  await server.until('it is asked', () => server.requests.length === 2)
  controller.abort('enough')
  expect(await pulled).toBe('enough')
  await server.vacant()
})

test('a pull is given up by the signal amid its steps', async () => {
  const { server, engine } = await scripted([
    { on: 'POST', steps: [chunkedHead(), chunk('{"status":"a"}\n'), hold] },
  ])
  const controller = new AbortController()
  const { signal } = controller
  const onProgress = () => controller.abort('enough')
  expect(await rejection(engine.images.pull({ fromImage: 'x', tag: '1', onProgress, signal }))).toBe('enough')
  await server.vacant()
})

test('a load whose failure is in the stream is rejected, also without onProgress', async () => {
  const { engine } = await scripted([
    {
      on: 'POST',
      steps: [chunkedHead(), chunk('{"errorDetail":{"message":"invalid tar header"}}\n'), chunk('')],
    },
  ])
  expect(await engineError(engine.images.load(bytes()))).toMatchObject({
    code: 'stream',
    engineMessage: 'invalid tar header',
  })
})

test('a listener that throws ends the operation, and closes the connection', async () => {
  const { server, engine } = await scripted([
    { on: 'POST', steps: [chunkedHead(), chunk('{"status":"a"}\n'), hold] },
  ])
  const failure = new Error('mine')
  const onProgress = () => {
    throw failure
  }
  expect(await rejection(engine.images.pull({ fromImage: 'x', tag: '1', onProgress }))).toBe(failure)
  await server.vacant()
})
