import { describe, expect, test } from 'vitest'
import { type ArchiveEntry, writeArchive } from '../../../src/replay/bytes/archive.ts'
import type { Exchange } from '../../../src/replay/file/exchange.ts'
import { Matcher, type Matching } from '../../../src/replay/match/match.ts'
import { link } from '../../../src/replay/order/link.ts'

const id = 'c0ffee00c0ffee00'.repeat(4)
const other = 'deadbeefdeadbeef'.repeat(4)

const said = (request: string, json?: unknown): Exchange => ({
  request,
  headers: {},
  ...(json !== undefined && { body: { json } }),
  said: [{ answer: 200, reason: 'OK', headers: {} }],
})
const created = (Id: string, body: object = {}): Exchange => ({
  ...said('POST /v1.41/containers/create', body),
  said: [{ answer: 201, reason: 'Created', headers: {}, body: { json: { Id } } }],
})

function matcherOf(exchanges: Exchange[], matching: Matching = {}) {
  const matcher = new Matcher(link({ head: { recording: 2 }, exchanges }), matching)
  return (line: string, body: unknown = '') => {
    const bytes = Buffer.isBuffer(body)
      ? body
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    const found = matcher.find({ line, body: bytes })
    return typeof found === 'string' ? found : exchanges.indexOf(found.exchange)
  }
}

describe('two requests are alike', () => {
  test.each([
    ['by other ids', `GET /containers/${id}/json`, `GET /containers/${'1d'.repeat(32)}/json`],
    ['by other short ids', 'GET /containers/c0ffee00c0ff/json', 'GET /containers/1d0000000001/json'],
    ['by another API version', 'GET /v1.41/info', 'GET /v1.51/info'],
    ['with none', 'GET /info', 'GET /v1.51/info'],
    ['by the order of the query', 'POST /x?tag=1&fromImage=a', 'POST /x?fromImage=a&tag=1'],
    ['by escapes in the query', 'POST /x?fromImage=a%3A5000%2Fb', 'POST /x?fromImage=a:5000/b'],
    ['by letters beyond ASCII, escaped or not', 'GET /x/café?q=ü', 'GET /x/caf%C3%A9?q=%C3%BC'],
    [
      'by a UUID',
      'POST /c?name=x-2b1e4c9a-7f3d-4e5a-9b8c-1d2e3f4a5b6c',
      'POST /c?name=x-00000000-0000-4000-8000-000000000001',
    ],
    ['by times', 'GET /logs?since=1764000000.123456789', 'GET /logs?since=1700000000'],
    ['by dates', 'GET /events?until=2026-11-23T15:24:01Z', 'GET /events?until=2026-01-01T00:00:00.000Z'],
    [
      'by an id inside JSON',
      `GET /json?filters={"id":["${id}"]}`,
      `GET /json?filters=${encodeURIComponent(`{"id":["${'ab'.repeat(32)}"]}`)}`,
    ],
    ['by a whole URL', 'GET http://docker/v1.41/info', 'GET /info'],
    ['by a masked value', 'GET /x?token=[secret:1]', 'GET /x?token=hunter2'],
  ])('%s', (_, one, other) => expect(matcherOf([said(one)])(other)).toBe(0))
})

describe('two requests differ', () => {
  test.each([
    ['by method', 'HEAD /_ping', 'GET /_ping', 'not in the recording: GET /_ping; expected HEAD /_ping'],
    ['by path', 'GET /info', 'GET /version', 'not in the recording: GET /version; expected GET /info'],
    ['by name', 'GET /containers/a/json', 'GET /containers/b/json', 'not in the recording'],
    [
      'by the query',
      'POST /x?a=1',
      'POST /x?a=2',
      'POST /x came with another query: a "1" was recorded, "2" came',
    ],
    ['by a query or none', 'GET /json?all=1', 'GET /json', 'all "1" was recorded, and did not come (line 2)'],
    ['by numbers that are no ids', 'POST /resize?h=123456789012', 'POST /resize?h=210987654321', 'h "123'],
    ['by slashes', 'GET //containers/json', 'GET /json', 'not in the recording'],
    [
      'by the digest that is asked for',
      `GET /images/a@sha256:${id}/json`,
      `GET /images/a@sha256:${other}/json`,
      'not',
    ],
  ])('%s', (_, one, other, words) => expect(matcherOf([said(one)])(other)).toContain(words))
})

test.each(['GET //', 'GET http://', 'GET *', 'GET /%zz?%', 'OPTIONS /?=&&=', 'x', '', 'GET /\u00ff'])(
  '%j is like itself',
  request => expect(matcherOf([said(request)])(request)).toBe(0),
)

describe('a body is another', () => {
  const Env = ['DAY=[secret:1]', 'MODE=fast', 'LONG=***']
  const recorded = {
    Image: 'batch:1',
    Cmd: ['sh', '-c', 'cat /data/*'],
    Env,
    Labels: { team: 'data', 'dev.holdfast.run': 'one' },
    HostConfig: { Binds: ['/srv:/data'], Memory: 1024, Links: null },
    At: '2026-11-23T15:24:01Z',
  }
  const came = (change: object) =>
    matcherOf([said('POST /containers/create', recorded)])('POST /containers/create', {
      ...recorded,
      ...change,
    })

  test.each<[what: string, change: object, words: string]>([
    [
      'command',
      { Cmd: ['sh', '-c', 'rm -rf /data/*'] },
      'Cmd[2] "cat /data/*" was recorded, "rm -rf /data/*" came',
    ],
    ['shorter command', { Cmd: ['sh'] }, 'Cmd[1] "-c" was recorded, and did not come'],
    [
      'volume',
      { HostConfig: { ...recorded.HostConfig, Binds: ['/etc:/data'] } },
      'HostConfig.Binds[0] "/srv:/data" was recorded, "/etc:/data" came',
    ],
    [
      'memory',
      { HostConfig: { ...recorded.HostConfig, Memory: 2048 } },
      'HostConfig.Memory 1024 was recorded, 2048 came',
    ],
    ['label', { Labels: { team: 'web' } }, 'Labels.team "data" was recorded, "web" came'],
    ['label more', { Labels: { ...recorded.Labels, new: 'x' } }, 'Labels.new "x" came, and was not recorded'],
    ['variable more', { Env: [...Env, 'DEBUG=s3cret'] }, 'Env DEBUG came, and was not recorded'],
    ['variable less', { Env: Env.slice(1) }, 'Env DAY was recorded, and did not come'],
    [
      'value that was kept',
      { Env: ['DAY=x', 'MODE=slow', 'LONG=x'] },
      'Env MODE "fast" was recorded, "slow" came',
    ],
    [
      'field that is null',
      { HostConfig: { ...recorded.HostConfig, Links: [] } },
      'HostConfig.Links null was recorded, [] came',
    ],
  ])('%s', (_, change, words) => {
    expect(came(change)).toContain('POST /containers/create came with another body: ')
    expect(came(change)).toContain(words)
    expect(came(change)).toContain('(line 2)')
  })

  test.each<[what: string, change: object]>([
    ['masked values', { Env: ['LONG=a', 'DAY=monday', 'MODE=fast'] }],
    [
      "holdfast's own labels",
      { Labels: { team: 'data', 'dev.holdfast.run': 'two', 'dev.holdfast.new': 'x' } },
    ],
    ['dates', { At: '2027-01-01T00:00:00.5Z' }],
  ])('not for %s', (_, change) => expect(came(change)).toBe(0))

  test('and no value of a variable is shown that was not recorded', () => {
    expect(came({ Env: [...Env, 'DEBUG=s3cret'] })).not.toContain('s3cret')
  })

  test('by its bytes, where it is not JSON', () => {
    const find = matcherOf([{ ...said('POST /x'), body: { text: 'one two' } }])
    expect(find('POST /x', 'one too')).toContain('byte 5 "wo" was recorded, "oo" came')
    expect(find('POST /x', 'one two')).toBe(0)
  })

  test('of several that are left, the closest is named', () => {
    const find = matcherOf([said('POST /x', { a: 1, b: 2, c: 3 }), said('POST /x', { a: 1, b: 2, c: 4 })])
    expect(find('POST /x', { a: 1, b: 2, c: 5 })).toContain('c 3 was recorded, 5 came (line 2)')
    expect(find('POST /x', { a: 0, b: 2, c: 4 })).toContain('a 1 was recorded, 0 came (line 4)')
  })
})

describe('an archive', () => {
  const file = (name: string, text: string, more: Partial<ArchiveEntry> = {}): ArchiveEntry => ({
    name,
    mode: '644',
    mtime: '2026-01-01T00:00:00Z',
    text,
    ...more,
  })
  const find = (...entries: ArchiveEntry[]) =>
    matcherOf([
      {
        ...said('PUT /containers/x/archive'),
        body: { archive: [file('a/b.txt', 'one'), file('run.sh', 'x', { mode: '755' })] },
      },
    ])('PUT /containers/x/archive', writeArchive(entries))
  const run = file('run.sh', 'x', { mode: '755' })

  test('is compared by its entries', () => {
    expect(
      find(file('./a/b.txt', 'one', { mtime: '2027-01-01T00:00:00Z', uid: 7 }), { ...run, mode: '700' }),
    ).toBe(0)
    expect(find(run, file('a/b.txt', 'one'))).toBe(0)
    expect(find(file('a/b.txt', 'two'), run)).toContain('a/b.txt "one" was recorded, "two" came (line 2)')
    expect(find(run)).toContain('a/b.txt was recorded, and did not come')
    expect(find(file('a/b.txt', 'one'), run, file('.npmrc', 's3cret'))).toMatch(
      /: \.npmrc came, and was not recorded/,
    )
    expect(find(file('a/b.txt', 'one'), file('run.sh', 'x'))).toContain(
      'run.sh mode 755 was recorded, 644 came',
    )
  })
})

describe('ids', () => {
  test('that a create gave belong to what it created', () => {
    const find = matcherOf([
      created(id),
      created(other),
      said(`POST /containers/${id}/start`),
      said(`POST /containers/${other}/start`),
    ])
    expect([find('POST /containers/create', {}), find('POST /containers/create', {})]).toEqual([0, 1])
    expect(find(`POST /containers/${other}/start`)).toBe(3)
    expect(find(`POST /containers/${other}/start`)).toContain('once more than it was recorded (line 8)')
    expect(find(`POST /containers/${id}/start`)).toBe(2)
  })

  test('that a client made up stand for the recorded ones, always the same', () => {
    const [one, two] = ['2b1e4c9a-7f3d-4e5a-9b8c-1d2e3f4a5b6c', '11111111-7f3d-4e5a-9b8c-1d2e3f4a5b6c']
    const find = matcherOf([
      said('POST /x?name=a-00000000-0000-4000-8000-000000000001'),
      said('GET /x/a-00000000-0000-4000-8000-000000000001'),
    ])
    expect(find(`POST /x?name=a-${one}`)).toBe(0)
    expect(find(`GET /x/a-${two}`)).toContain('not in the recording')
    expect(find(`GET /x/a-${one}`)).toBe(1)
  })
})

describe('ids that a client made up', () => {
  const [recorded, own] = ['00000000-0000-4000-8000-000000000001', '2b1e4c9a-7f3d-4e5a-9b8c-1d2e3f4a5b6c']
  const filters = (key: string) =>
    `GET /containers/json?filters=${encodeURIComponent(JSON.stringify({ label: [`job=${key}`] }))}`
  const listed = (key: string): Exchange => ({
    ...said(filters(key)),
    said: [{ answer: 200, reason: 'OK', headers: {}, body: { json: [{ Id: id, Labels: { job: key } }] } }],
  })

  test('are its own, though answers repeat them', () => {
    const find = matcherOf([listed(`night-${recorded}`), said(`GET /volumes/night-${recorded}`)])
    expect(find(filters(`night-${own}`))).toBe(0)
    expect(find(`GET /volumes/night-${own}`)).toBe(1)
  })

  test('are not those that an answer had before', () => {
    const find = matcherOf([created(id), said(`GET /containers/${id}/json`)])
    expect(find('POST /containers/create', {})).toBe(0)
    expect(find(`GET /containers/${other}/json`)).toContain('not in the recording')
  })
})

describe('may be loosened', () => {
  test('by leaving bodies out', () => {
    expect(matcherOf([said('POST /x', { a: 1 })], { body: false })('POST /x', { a: 2 })).toBe(0)
  })

  test('by fields that may differ', () => {
    const find = (ignore: string[]) =>
      matcherOf(
        [said('POST /x', { Labels: { build: '1', team: 'a' }, Env: ['CI_JOB=1'], Cmd: ['a', 'b'] })],
        { ignore },
      )('POST /x', { Labels: { build: '2', team: 'a' }, Env: [], Cmd: ['a', 'c'] })
    expect(find(['Labels.build', 'Env.CI_JOB', 'Cmd[1]'])).toBe(0)
    expect(find(['Labels', 'Env', 'Cmd'])).toBe(0)
    expect(find(['Labels.build', 'Env.CI_JOB'])).toContain('Cmd[1]')
    expect(find(['Label', 'Env', 'Cmd'])).toContain('Labels.build')
  })

  test('by a name that is made up, which is known from then on', () => {
    const find = matcherOf(
      [
        created(id, { Image: 'other' }),
        { ...created(other), request: 'POST /containers/create?name=job-1' },
        said('POST /containers/job-1/start'),
      ],
      { ignore: ['query.name'] },
    )
    expect(find('POST /containers/create?name=job-8f3a', {})).toBe(1)
    expect(find('POST /containers/job-2/start')).toContain('not in the recording')
    expect(find('POST /containers/job-8f3a/start')).toBe(2)
  })

  test('by a path of its own', () => {
    const path = (text: string) => text.replace(/job-\w+/, 'job')
    expect(matcherOf([said('GET /containers/job-1/json')], { path })('GET /containers/job-2/json')).toBe(0)
  })
})
