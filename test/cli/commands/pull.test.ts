import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PullReport } from '../../../src/cli/commands/pull-all.ts'
import { User } from '../../live/support/command.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import type { Exchange } from '../../support/fake-exchange.ts'
import { image } from '../../support/fake-image.ts'

const names = ['a:1', 'b:1', 'c:1', 'd:1', 'e:1']
const digest = `sha256:${'d'.repeat(64)}`

const tell = `
const { get, ...rest } = Object.getOwnPropertyDescriptor(process, 'stdin')
Object.defineProperty(process, 'stdin', {
  ...rest,
  get() {
    process.stderr.write('reading')
    return get.call(process)
  },
})`

let user: User
let engine: FakeEngine

beforeEach(async () => {
  const registry = names.map(name => image(name, { RepoDigests: [`${name.split(':')[0]}@${digest}`] }))
  engine = await FakeEngine.start({ registry: [...registry, 'reg.example/app:1'] })
  user = new User(engine.host)
})

afterEach(async () => {
  expect(user.leave()).toEqual([])
  await engine[Symbol.asyncDispose]()
})

const pulls = () =>
  engine.requests.flatMap(({ operation, query }) => (operation === 'pull' ? query.get('fromImage') : []))

/** The next pulls wait until the function that is given for each of them is called. */
function hold(count: number): Array<() => void> {
  return Array.from({ length: count }, () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    engine.on('pull', async (exchange: Exchange) => {
      await promise
      await exchange.proceed()
    })
    return resolve
  })
}

describe('several images', () => {
  test('a line for each on stdout, in the order in which they are named', async () => {
    const [first, ...others] = hold(3)
    const command = user.start(['pull', 'a:1', 'b:1', 'c:1'])
    await engine.seen('pull', 3)
    for (const release of others) release()
    await command.printed(/pulled b:1.*pulled c:1|pulled c:1.*pulled b:1/s, 'stderr')
    first?.()
    const { status, text } = await command.finished
    expect(text).toBe(`${digest} a:1\n${digest} b:1\n${digest} c:1\n`)
    expect(status).toBe(0)
  })

  test('three at a time, and the next when one is done', async () => {
    const releases = hold(5)
    const command = user.start(['pull', ...names])
    await engine.seen('pull', 3)
    expect(pulls()).toHaveLength(3)
    releases[1]?.()
    await command.printed(/pulled/, 'stderr')
    await engine.seen('pull', 4)
    expect(pulls()).toHaveLength(4)
    for (const release of releases) release()
    expect((await command.finished).status).toBe(0)
  })

  test('--parallel 1: one after the other', async () => {
    const { status } = await user.run(['pull', '--parallel', '1', 'a:1', 'b:1'])
    expect(engine.asked.filter(operation => operation !== 'ping')).toEqual([
      ...['image', 'pull', 'image'],
      ...['image', 'pull', 'image'],
    ])
    expect(status).toBe(0)
  })

  test('one that is named twice is pulled once', async () => {
    const { text } = await user.run(['pull', 'a:1', 'docker.io/library/a:1', 'b:1', 'a:1'])
    expect(text).toBe(`${digest} a:1\n${digest} b:1\n`)
    expect(pulls().toSorted()).toEqual(['docker.io/library/a', 'docker.io/library/b'])
  })

  test('those of a file, and a line of it that is wrong', async () => {
    const file = user.write('images.txt', '# ours\na:1\n  b:1  # the new one\nTeam/Batch:1\n')
    const { status, text, stderr } = await user.run(['pull', 'a:1', '--file', file])
    expect(text).toBe(`${digest} a:1\n${digest} b:1\n`)
    expect(stderr).toContain(
      `holdfast: usage: --file ${file}, line 4: invalid image reference "Team/Batch:1"`,
    )
    expect(status).toBe(125)
    const stdin = await user.run(['pull', '--file', '-'], { stdin: 'c:1\n' })
    expect([stdin.text, stdin.status]).toEqual([`${digest} c:1\n`, 0])
  })

  test('one that fails keeps none of the others from it', async () => {
    const { status, text, stderr } = await user.run(['pull', 'a:1', 'gone:1', 'UPPER', 'b:1'])
    expect(text).toBe(`${digest} a:1\n${digest} b:1\n`)
    expect(stderr).toMatch(/^holdfast: registry-not-found: gone:1 could not be pulled: .+\nholdfast: .+$/m)
    expect(stderr).toMatch(/^holdfast: usage: invalid image reference "UPPER".+$/m)
    expect(stderr).toMatch(/\nholdfast: 2 of 4 images were not pulled: gone:1 UPPER\n$/)
    expect(status).toBe(125)
  })

  test('the same failure is printed once', async () => {
    const { status, stderr } = await user.run(['pull', '-H', 'unix:///nonexistent', ...names])
    expect(stderr.match(/engine-unreachable/g)).toHaveLength(1)
    expect(stderr).toMatch(/\nholdfast: 5 of 5 images were not pulled: a:1 b:1 c:1 d:1 e:1\n$/)
    expect(status).toBe(125)
  })
})

describe('--quiet', () => {
  test('says nothing of what goes well', async () => {
    const { status, text, stderr } = await user.run(['pull', '-q', 'a:1'])
    expect({ status, text, stderr }).toEqual({ status: 0, text: '', stderr: '' })
  })

  test('says what fails', async () => {
    const { stderr } = await user.run(['pull', '-q', 'gone:1'])
    expect(stderr).toMatch(/^holdfast: registry-not-found: .+\nholdfast: .+\n$/)
  })
})

describe('--json', () => {
  test('one array on stdout, when some failed, too', async () => {
    const { status, text } = await user.run(['pull', '--json', '-q', 'a:1', 'gone:1', 'UPPER'])
    const reports: PullReport[] = JSON.parse(text)
    const registry = {
      contacted: true,
      registry: 'docker.io',
      reason: 'missing',
      credentials: 'anonymous',
      attempts: 1,
    }
    const none = { id: null, digest: null, platform: null }
    const duration = expect.any(Number)
    expect(reports).toEqual([
      {
        image: 'a:1',
        ok: true,
        kind: 'ok',
        id: image('a:1').Id,
        digest,
        platform: 'linux/amd64',
        registry,
        duration,
        failure: null,
      },
      {
        image: 'gone:1',
        ok: false,
        kind: 'registry-not-found',
        ...none,
        registry,
        duration,
        failure: {
          kind: 'registry-not-found',
          message: expect.stringContaining('gone:1 could not be pulled'),
          engineMessage: expect.stringContaining('manifest unknown'),
          hint: expect.any(String),
        },
      },
      {
        image: 'UPPER',
        ok: false,
        kind: 'usage',
        ...none,
        registry: { contacted: false },
        duration,
        failure: { kind: 'usage', message: expect.stringContaining('UPPER') },
      },
    ])
    expect(status).toBe(125)
  })
})

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s', (signal, status) => {
  test('ends all that is under way, and begins nothing more', async () => {
    const [first] = hold(1)
    for (const _ of [2, 3]) engine.on('pull', exchange => exchange.lines({ status: 'Waiting', id: 'x' }))
    const command = user.start(['pull', '--json', '--parallel', '2', 'a:1', 'b:1', 'c:1', 'd:1'])
    first?.()
    const seen = await engine.seen('pull', 3)
    command.kill(signal)
    const { text, stderr, ...finished } = await command.finished
    await seen.closed
    const reports: PullReport[] = JSON.parse(text)
    expect(reports.map(({ kind }) => kind)).toEqual(['ok', 'cancelled', 'cancelled', 'cancelled'])
    expect(pulls()).toHaveLength(3)
    expect(stderr).toContain(`holdfast: ended by ${signal}\n`)
    expect(finished.status).toBe(status)
  })
})

describe('--registry-user', () => {
  const flags = ['--registry-user', 'ci', '--registry-password-stdin']
  const sent = () =>
    engine.requests.flatMap(({ headers }) => {
      const header = headers['x-registry-auth']
      return typeof header === 'string' ? [JSON.parse(Buffer.from(header, 'base64url').toString())] : []
    })

  test.each([
    ['hunter2', 'hunter2'],
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    [' spaces ', ' spaces '],
    ['pässwörd🚢', 'pässwörd🚢'],
  ])('takes the password %j from stdin', async (stdin, password) => {
    const { status } = await user.run(['pull', ...flags, 'a:1'], { stdin })
    expect(sent()).toEqual([expect.objectContaining({ username: 'ci', password })])
    expect(status).toBe(0)
  })

  test('reads it once for several images', async () => {
    const { status } = await user.run(['pull', ...flags, 'a:1', 'b:1', 'c:1', 'd:1'], { stdin: 'hunter2' })
    expect(sent().map(({ password }) => password)).toEqual(Array(4).fill('hunter2'))
    expect(status).toBe(0)
  })

  test.each([
    ['there is none', ''],
    ['it is a newline', '\n'],
    ['it is too long', 'x'.repeat(65 * 1024)],
    ['it has two lines', 'xxx\nlines\n'],
  ])('is a warning when %s: a public image is pulled without', async (_, stdin) => {
    const { status, stderr } = await user.run(['pull', ...flags, 'a:1'], { stdin })
    expect(stderr).toMatch(/^holdfast: warning: the password on stdin .+; pulling without credentials\n/)
    expect(stderr).not.toContain('xxx')
    expect(sent()).toEqual([])
    expect(status).toBe(0)
  })

  test('is refused for images of several registries', async () => {
    const { status, stderr } = await user.run(['pull', ...flags, 'a:1', 'reg.example/app:1'], { stdin: 'x' })
    expect(stderr).toContain('"docker.io", "reg.example"')
    expect(engine.requests).toEqual([])
    expect(status).toBe(125)
  })

  // The command says so when it first takes hold of its stdin.
  const telling = {
    stdin: 'open',
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(tell)}` },
  } as const

  test('a signal ends the wait for the password', async () => {
    const command = user.start(['pull', ...flags, 'a:1'], telling)
    await command.printed(/reading/, 'stderr')
    command.kill('SIGTERM')
    expect((await command.finished).status).toBe(143)
    expect(pulls()).toEqual([])
  })

  test('a run that pulls nothing reads nothing', async () => {
    engine.images.push(image('a:1'))
    const { status, stderr } = await user.start(['run', ...flags, 'a:1'], telling).finished
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(sent()).toEqual([])
  })

  test('a run that pulls sends it with the pull alone', async () => {
    const { status } = await user.run(['run', ...flags, 'a:1'], { stdin: 'hunter2\n' })
    expect(sent()).toEqual([expect.objectContaining({ username: 'ci', password: 'hunter2' })])
    expect(status).toBe(0)
  })
})
