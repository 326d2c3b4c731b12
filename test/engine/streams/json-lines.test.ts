import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseAddress } from '../../../src/engine/address/address.ts'
import { Http } from '../../../src/engine/http/http.ts'
import { progress } from '../../../src/engine/streams/json-lines.ts'
import type { Progress } from '../../../src/engine/wire.ts'
import { type Cuts, chunk, chunkedHead, end, hold, reset, type Step } from '../../support/byte-server.ts'
import { scripted } from '../../support/engines.ts'
import { collect, engineError, exposure } from '../../support/errors.ts'
import { engineEvent } from '../../support/responses.ts'
import { registryAuth } from '../../support/secrets.ts'

const last = chunk('')
const auth = registryAuth({ username: 'me', password: 'hunter2>', serveraddress: 'r.io' })

/** The progress messages of a pull whose response is that. */
async function pulling(steps: readonly Step[], cuts: Cuts = 'whole') {
  const { server } = await scripted([{ on: 'POST /v1.41/images/create', steps, cuts }])
  const http = new Http(async () => parseAddress(server.address), { DOCKER_API_VERSION: '1.41' })
  onTestFinished(() => http.close())
  const headers = { 'X-Registry-Auth': auth }
  const response = await http.send({ method: 'POST', path: '/images/create', headers })
  return { server, steps: progress(response) }
}

const pulled = async (steps: readonly Step[], cuts?: Cuts) => collect((await pulling(steps, cuts)).steps)

describe('lines', () => {
  const values: Progress[] = [
    { status: 'Pulling from x', id: '1' },
    { status: 'Lädt 🐳 herunter', id: 'äöü', progressDetail: { current: 1, total: 2 } },
    { status: 'Extracting', progressDetail: { current: 1, units: 's' } },
    { status: 'Digest: sha256:1' },
  ]
  const text = (newline: string) => values.map(value => JSON.stringify(value)).join(newline)

  test.each<[string, string]>([
    ['LF', `${text('\n')}\n`],
    ['CRLF', `${text('\r\n')}\r\n`],
    ['no newline at the end', text('\r\n')],
    ['empty lines between them', `\n${text('\r\n\r\n \n')}\n\n`],
  ])('%s, cut anywhere', async (_, lines) => {
    for (const cuts of ['whole', 'bytes', 1, 2] as const) {
      const { items, error } = await pulled([chunkedHead(), chunk(lines), last], cuts)
      expect(error).toBeUndefined()
      expect(items).toEqual(values)
    }
  })

  test('every cut of the chunks, amid a letter too', async () => {
    const bytes = Buffer.from(`${JSON.stringify(values[1])}\r\n${JSON.stringify(values[3])}\r\n`)
    for (let at = 0; at <= bytes.length; at += 3) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)].filter(piece => piece.length > 0)
      const { items } = await pulled([chunkedHead(), ...pieces.map(chunk), last])
      expect(items, `at ${at}`).toEqual([values[1], values[3]])
    }
  })

  test('none', async () => {
    expect(await pulled([chunkedHead(), last])).toEqual({ items: [], error: undefined })
  })

  test('of 5 MB', async () => {
    const value = { status: 'x'.repeat(5 * 1024 * 1024) }
    const { items, error } = await pulled([chunkedHead(), chunk(`${JSON.stringify(value)}\n`), last])
    expect(error).toBeUndefined()
    expect(items).toHaveLength(1)
    expect(items[0]?.status?.length).toBe(value.status.length)
  })

  test('of more than is taken: the connection closes', async () => {
    const { server, steps } = await pulling([
      chunkedHead(),
      chunk('{"status":"a"}\n'),
      ...Array.from({ length: 9 }, () => chunk('x'.repeat(1024 * 1024))),
      hold,
    ])
    const { items, error } = await collect(steps)
    expect(items).toEqual([{ status: 'a' }])
    expect(error).toMatchObject({
      code: 'bad-answer',
      message: 'POST /images/create: a line of more than 8 MiB',
    })
    await server.vacant()
  })

  test.each(['{"secret": hunter2', 'null', '7', '"hunter2"'])('that are not JSON objects: %s', async line => {
    const { server, steps } = await pulling([chunkedHead(), chunk(`{"status":"a"}\n${line}\n`), hold])
    const { items, error } = await collect(steps)
    expect(items).toEqual([{ status: 'a' }])
    expect(error).toMatchObject({ code: 'bad-answer', request: 'POST /images/create' })
    expect(exposure(error)).not.toContain('hunter2')
    await server.vacant()
  })
})

describe('a failure reported in the stream', () => {
  test.each<[string, object, string]>([
    ['both', { errorDetail: { code: 1, message: 'no space left' }, error: 'old words' }, 'no space left'],
    ['errorDetail alone', { errorDetail: { message: 'no space left' } }, 'no space left'],
    ['errorDetail with an empty message', { errorDetail: { message: '' }, error: '' }, ''],
    ['errorDetail without a message', { errorDetail: {} }, ''],
    [
      'errorDetail with an empty message, and error',
      { errorDetail: { message: '' }, error: 'words' },
      'words',
    ],
    ['error alone', { error: 'pull access denied' }, 'pull access denied'],
    ['error alone, and empty', { error: '' }, ''],
    ['more than 1 MiB', { error: '.'.repeat(2 ** 21) }, `${'.'.repeat(2 ** 20)} […]`],
    ['a page of HTML', { error: 'unknown: <html><title>no</title></html>' }, 'unknown: <html>… no …</html>'],
  ])('%s', async (_, line, words) => {
    for (const newline of ['\r\n', '']) {
      const { items, error } = await pulled([
        chunkedHead(),
        chunk('{"status":"a"}\r\n'),
        chunk(JSON.stringify(line) + newline),
        last,
      ])
      expect(items).toEqual([{ status: 'a' }])
      expect(error).toMatchObject({
        code: 'stream',
        kind: 'engine-error',
        status: 200,
        engineMessage: words,
        request: 'POST /images/create',
      })
      expect(error).toHaveProperty(
        'message',
        `POST /images/create: ${words || 'failed, with no reason given'}`,
      )
    }
  })

  test.each(['\r\n', ''])(
    'and then the connection breaks off: the failure is thrown, however slow the reader (%j)',
    async newline => {
      const lines = [...'abc'].map(status => JSON.stringify({ status }))
      const text = `${[...lines, '{"errorDetail":{"message":"no space left"}}'].join('\r\n')}${newline}`
      const { server, steps } = await pulling([chunkedHead(), chunk(text), reset])
      await server.vacant()
      const seen: unknown[] = []
      const error = await engineError(
        (async () => {
          for await (const { status } of steps) {
            seen.push(status)
            for (let turn = 0; turn < 10; turn++) await setImmediate()
          }
        })(),
      )
      expect(seen).toEqual(['a', 'b', 'c'])
      expect(error).toMatchObject({ code: 'stream', engineMessage: 'no space left' })
    },
  )

  test('the connection closes', async () => {
    const { server, steps } = await pulling([chunkedHead(), chunk('{"error":"x"}\n'), hold])
    expect((await collect(steps)).error).toMatchObject({ code: 'stream' })
    await server.vacant()
  })
})

describe('a stream that breaks off', () => {
  test.each<[string, string]>([
    ['between lines', '{"status":"a"}\r\n'],
    ['after a line that lacks its newline', '{"status":"a"}'],
    ['amid a line', '{"status":"a"}\r\n{"status":"b'],
  ])('%s', async (_, text) => {
    for (const ending of [end, reset]) {
      const { items, error } = await pulled([chunkedHead(), chunk(text), ending])
      expect(items).toEqual([{ status: 'a' }])
      expect(error).toMatchObject({ code: 'connection-lost', kind: 'engine-unreachable' })
    }
  })

  test('before the first line', async () => {
    expect((await pulled([chunkedHead(), end])).error).toMatchObject({ code: 'connection-lost' })
  })
})

describe('leaving early closes the connection', () => {
  test('while nothing comes', async () => {
    const { server, steps } = await pulling([chunkedHead(), chunk('{"status":"a"}\n'), hold])
    for await (const step of steps) {
      expect(step).toEqual({ status: 'a' })
      break
    }
    await server.vacant()
  })

  test('while much comes', async () => {
    const flood = Array.from({ length: 500 }, () =>
      chunk(`${JSON.stringify({ status: 'x'.repeat(10_000) })}\n`),
    )
    const { server, steps } = await pulling([chunkedHead(), ...flood, hold])
    for await (const _ of steps) break
    await server.vacant()
  })

  test('by the signal, with its reason', async () => {
    const { server, engine } = await scripted([
      { on: 'GET', steps: [chunkedHead(), chunk(`${JSON.stringify(engineEvent)}\n`), hold] },
    ])
    const controller = new AbortController()
    const seen: unknown[] = []
    const read = (async () => {
      for await (const event of await engine.system.events({ signal: controller.signal })) {
        seen.push(event)
        controller.abort('enough')
      }
    })()
    await expect(read).rejects.toBe('enough')
    expect(seen).toEqual([engineEvent])
    await server.vacant()
  })
})

test('secrets are taken out of every value', async () => {
  const line =
    '{"status":"login with \\"hunter2\\u003e\\"","aux":{"deep":["hunter2%3E","hunter2>"]},"progressDetail":{"total":7}}\n'
  const { items } = await pulled([chunkedHead(), chunk(line), last])
  expect(items).toEqual([
    {
      status: 'login with "[redacted]"',
      aux: { deep: ['[redacted]', '[redacted]'] },
      progressDetail: { total: 7 },
    },
  ])
})

test('secrets are taken out of a failure', async () => {
  const { error } = await pulled([
    chunkedHead(),
    chunk('{"errorDetail":{"message":"bad hunter2\\u003e"}}\n'),
    last,
  ])
  expect(error).toMatchObject({ engineMessage: 'bad [redacted]' })
  expect(exposure(error)).not.toContain('hunter2')
})
