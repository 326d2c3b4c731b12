import { Readable } from 'node:stream'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import type { RunOptions } from '../../../src/run/options.ts'
import { rejection } from '../../support/errors.ts'
import type { Program } from '../../support/fake-container.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { forever, hears, launch, prints } from '../launch.ts'

const cat: Program = async self => {
  for await (const bytes of self.stdin) await self.out(bytes)
}

describe('how it ended', () => {
  test.each([
    [0, 'ok', null],
    [1, 'exit', null],
    [126, 'exit', null],
    [128, 'exit', null],
    [130, 'exit', 'SIGINT'],
    [134, 'exit', 'SIGABRT'],
    [137, 'exit', 'SIGKILL'],
    [143, 'exit', 'SIGTERM'],
    [255, 'exit', null],
  ])('status %i: %s, signal %s', async (status, kind, signal) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => status })
    expect(await launch(engine)).toMatchObject({ kind, exitCode: status, signal, oomKilled: false })
  })

  test('for want of memory: says so', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => self.outOfMemory(),
    })
    const outcome = await launch(engine)
    expect(outcome).toMatchObject({ kind: 'exit', exitCode: 137, signal: 'SIGKILL', oomKilled: true })
    expect(outcome.failure?.message).toContain('out of memory')
    expect(outcome.failure?.hint).toContain('It has no limit of its own')
    const limited = await launch(engine, { memory: 16 * 2 ** 20 })
    expect(limited.failure?.hint).toContain('It may use 16 MiB (memory, -m)')
  })

  test('an inspect that fails afterwards changes nothing', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => 5 })
    engine.on('inspect', exchange => exchange.answer(500, 'no'))
    expect(await launch(engine)).toMatchObject({ kind: 'exit', exitCode: 5, oomKilled: false, warnings: [] })
  })
})

describe('the start is refused', () => {
  test.each([
    [127, 400, 'exec: "nosuch": executable file not found in $PATH: unknown', 127, 'PATH'],
    [126, 400, 'exec: "/etc": permission denied: unknown', 126, 'executed'],
    [128, 404, 'network nonet not found', null, 'options of the run'],
    [0, 500, 'driver failed programming external connectivity', null, 'options of the run'],
    [127, 500, 'words of a later version', 127, 'PATH'],
    // Podman sets no status.
    [
      0,
      500,
      'crun: executable file `nosuch` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
      127,
      'PATH',
    ],
    [0, 500, 'crun: open executable: Permission denied: OCI permission denied', 126, 'executed'],
    [
      0,
      500,
      'crun: the path `/etc` is not a regular file: Operation not permitted: OCI permission denied',
      126,
      'executed',
    ],
    [
      0,
      500,
      'runc: runc create failed: exec: "/etc/passwd": permission denied: OCI permission denied',
      126,
      'executed',
    ],
    [
      0,
      500,
      'crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied',
      null,
      'options of the run',
    ],
    [
      0,
      500,
      'runc: runc create failed: error setting rlimits for ready process: error setting rlimit type 7: operation not permitted: OCI permission denied',
      null,
      'options of the run',
    ],
    [
      0,
      500,
      'crun: mount `/srv/data` to `data`: Permission denied: OCI permission denied',
      null,
      'options of the run',
    ],
    [
      0,
      500,
      'crun: write to `/proc/self/attr/exec`: Permission denied: OCI permission denied',
      null,
      'options of the run',
    ],
  ])('the container has status %i: %i %s', async (status, answer, words, exitCode, hint) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('start', exchange => {
      for (const container of engine.containers) container.exitCode = status
      exchange.answer(answer, words)
    })
    const outcome = await launch(engine)
    expect(outcome).toMatchObject({ kind: 'start-failed', exitCode, failure: { engineMessage: words } })
    expect(outcome.failure?.hint).toContain(hint)
    const steps = engine.asked.filter(operation => operation !== 'inspect')
    expect(steps).toEqual(['image', 'create', 'attach', 'wait', 'start', 'remove'])
    expect(engine.containers).toEqual([])
  })

  test('and the container kept: its connection is closed all the same', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on('start', exchange => exchange.answer(500, 'no'))
    expect(await launch(engine, { remove: 'never' })).toMatchObject({ kind: 'start-failed' })
    expect(engine.containers).toMatchObject([{ status: 'created' }])
  })

  test.each([true, false])(
    'the answer is lost, and the container started (%s): it runs, once',
    async started => {
      let runs = 0
      await using engine = await FakeEngine.start({ images: ['bb:1'], program: () => ++runs })
      engine.on('start', exchange => {
        exchange.drop()
        return started ? exchange.proceed() : undefined
      })
      const outcome = await launch(engine)
      expect(outcome).toMatchObject({ kind: 'exit', exitCode: 1, container: { removed: true } })
      expect([runs, engine.containers]).toEqual([1, []])
    },
  )
})

describe('the attach is refused', () => {
  test.each([
    ['attach', 409, 'container is paused, unpause the container before attach'],
    ['attach', 404, 'No such container: gone'],
    ['wait', 500, 'no'],
  ] as const)('%s: %i %s; the container is removed', async (operation, status, words) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on(operation, exchange => exchange.answer(status, words))
    expect(await launch(engine)).toMatchObject({ kind: 'start-failed', failure: { engineMessage: words } })
    expect(engine.containers).toEqual([])
    expect(engine.asked).not.toContain('start')
  })
})

test.each([
  ['attach', 'wait'],
  ['wait', 'attach'],
] as const)(
  'the %s is refused while the %s gets no answer: the run does not wait for it',
  async (refused, silent) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    engine.on(refused, async exchange => {
      await engine.seen(silent)
      exchange.answer(500, 'no')
    })
    engine.on(silent, () => undefined)
    expect(await launch(engine)).toMatchObject({ kind: 'start-failed', failure: { engineMessage: 'no' } })
    expect(engine.containers).toEqual([])
  },
)

describe('stdin', () => {
  const bytes = Buffer.from([0, 1, 2, 255, 254, 10, 13, 26, 4])

  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 4)
    yield bytes.subarray(4)
  }

  test.each<[string, NonNullable<RunOptions['stdin']>, Buffer]>([
    ['a text', 'é\n', Buffer.from('é\n')],
    ['an empty text', '', Buffer.alloc(0)],
    ['bytes', new Uint8Array(bytes), bytes],
    ['an async iterable', pieces(), bytes],
    ['more than any buffer holds', Buffer.alloc(3_000_000, 'x'), Buffer.alloc(3_000_000, 'x')],
  ])('%s arrives whole, and ends', async (_, stdin, expected) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: cat })
    const job = launch(engine, { stdin, capture: 0 })
    const received: Uint8Array[] = []
    for await (const chunk of job.chunks()) received.push(chunk.bytes)
    expect(Buffer.concat(received).equals(expected)).toBe(true)
    expect(await job).toMatchObject({ kind: 'ok', gaps: [] })
  })

  test('is sent as the container reads it', async () => {
    let given = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 65536
        yield Buffer.alloc(65536)
      }
    }
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        let read = 0
        for await (const chunk of self.stdin) {
          read += chunk.length
          if (read > 1_000_000) break
        }
        return 0
      },
    })
    expect(await launch(engine, { stdin: endless() })).toMatchObject({ kind: 'ok' })
    expect(given).toBeLessThan(8_000_000)
  })

  test('that is not read does no harm, and its source is closed', async () => {
    const closed = Promise.withResolvers<string>()
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(65536)
      } finally {
        closed.resolve('closed')
      }
    }
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('done') })
    expect(await launch(engine, { stdin: endless() })).toMatchObject({ kind: 'ok', stdout: 'done', gaps: [] })
    expect(await closed.promise).toBe('closed')
  })

  test('whose source never gives anything does not keep a run that is over', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('done') })
    const stdin: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    }
    expect(await launch(engine, { stdin })).toMatchObject({ kind: 'ok', stdout: 'done' })
  })

  test('whose source fails ends the run: half an input is not all of it', async () => {
    const failure = new Error('disk is gone')
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
      throw failure
    }
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: cat })
    expect(await rejection(launch(engine, { stdin: failing(), reject: true }))).toMatchObject({
      kind: 'cancelled',
      cause: failure,
      message: expect.stringContaining('stdin'),
      container: { removed: true },
    })
    expect(engine.containers).toEqual([])
  })

  test.each<[string, () => AsyncIterable<Uint8Array>]>([
    [
      'is locked',
      () => {
        const stream = new ReadableStream<Uint8Array>()
        stream.getReader()
        return stream
      },
    ],
    [
      'throws at once',
      () => ({
        [Symbol.asyncIterator]: () => ({
          next() {
            throw new Error('disk is gone')
          },
        }),
      }),
    ],
  ])('whose source %s ends the run', async (_, stdin) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: cat })
    expect(await launch(engine, { stdin: stdin() })).toMatchObject({
      kind: 'cancelled',
      failure: { message: "the source of the container's stdin failed" },
      container: { removed: true },
    })
    expect(engine.containers).toEqual([])
  })

  test.each([0, 400])(
    'that is cut by a lost connection fails the run, whose container ends %i ms later',
    async ms => {
      await using engine = await FakeEngine.start({
        images: ['bb:1'],
        program: async self => {
          let read = 0
          for await (const chunk of self.stdin) {
            read += chunk.length
            if (read > 1_000_000) break
          }
          self.dropStreams()
          await setTimeout(ms + 20)
          return 0
        },
      })
      expect(await launch(engine, { stdin: Buffer.alloc(20_000_000) })).toMatchObject({
        kind: 'lost',
        failure: { message: expect.stringContaining('stdin could not be delivered in full') },
      })
      expect(engine.containers).toEqual([])
    },
  )

  test('that gives no bytes fails the run, with their type', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: cat })
    const stdin = Readable.from([{ a: 1 }])
    expect(await launch(engine, { stdin })).toMatchObject({
      kind: 'cancelled',
      failure: { message: expect.stringContaining('type object, not bytes') },
    })
    expect(engine.containers).toEqual([])
  })

  test('none: the container has none', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    await launch(engine)
    expect(JSON.parse((await engine.seen('create')).body)).toMatchObject({ OpenStdin: false })
    expect((await engine.seen('attach')).query.get('stdin')).toBe('false')
  })
})

test('with a terminal the output is one stream, as it is', async () => {
  const frame = Buffer.from([1, 0, 0, 0, 0, 0, 0, 2, 104, 105])
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: self => self.out(frame) })
  const job = launch(engine, { tty: true })
  const received: Uint8Array[] = []
  for await (const { stream, bytes } of job.chunks()) {
    expect(stream).toBe('stdout')
    received.push(bytes)
  }
  expect(Buffer.concat(received).equals(frame)).toBe(true)
})

describe.concurrent('a stream is lost while the container runs', () => {
  test.each([
    ['cleanly', 'end'],
    ['by a reset', 'destroy'],
  ] as const)('%s: it goes on from the log', async (_, how) => {
    await using engine: FakeEngine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        await self.out('before\n')
        self.dropStreams(how)
        await self.out('meanwhile\n')
        await engine.seen('logs')
        await self.out('after\n')
        return 6
      },
    })
    const stdout = 'before\nmeanwhile\nafter\n'
    expect(await launch(engine)).toMatchObject({ kind: 'exit', exitCode: 6, stdout, gaps: [] })
  })

  test('and the Engine keeps no log: a gap, and the output from then on', async () => {
    await using engine: FakeEngine = await FakeEngine.start({
      images: ['bb:1'],
      logDriver: 'none',
      program: async self => {
        await self.out('before\n')
        self.dropStreams()
        await self.out('lost\n')
        await engine.seen('attach', 2)
        await self.attached()
        await self.out('after\n')
      },
    })
    const outcome = await launch(engine)
    expect(outcome).toMatchObject({ kind: 'ok', stdout: 'before\nafter\n' })
    expect(outcome.gaps).toEqual([expect.stringContaining('does not support reading')])
  })

  test.each([
    ['cleanly', 'end'],
    ['by a reset', 'destroy'],
  ] as const)(
    '%s, and the log is rotated faster than it is read: a gap, and what it still has',
    async (_, how) => {
      const goOn = Promise.withResolvers<void>()
      const lines = (word: string) =>
        Array.from({ length: 4_000 }, (_, index) => `${word} ${index}\n`).join('')
      await using engine: FakeEngine = await FakeEngine.start({
        images: ['bb:1'],
        program: async self => {
          await self.out(lines('before'))
          self.dropStreams(how)
          await self.out('meanwhile\n')
          await goOn.promise
          for (const { log } of engine.containers) log.overtake()
          await self.out(lines('after'))
          return 0
        },
      })
      const job = launch(engine, { capture: 0 })
      const delivered: string[] = []
      for await (const { text } of job) {
        delivered.push(text)
        if (text === 'meanwhile') goOn.resolve()
      }
      expect(delivered.join('\n')).toBe(`${lines('before')}meanwhile\n${lines('after').trimEnd()}`)
      expect((await job).gaps).toEqual([expect.stringContaining("can't be continued exactly")])
    },
  )

  test('and the log is rotated beyond the place once that was found: a gap, and what the log still has', async () => {
    const lines = (word: string) => Array.from({ length: 500 }, (_, index) => `${word} ${index}\n`).join('')
    await using engine: FakeEngine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        await self.out(lines('before'))
        self.dropStreams('end')
        // Two search for the place, and the third follows.
        await engine.seen('logs', 3)
        await self.out(lines('lost'))
        for (const { log } of engine.containers) log.overtake()
        await self.out(lines('after'))
        return 0
      },
    })
    const HostConfig = { LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } }
    const outcome = await launch(engine, { container: { HostConfig } })
    expect(outcome.stdout).toBe(lines('before') + lines('after'))
    expect(outcome.gaps).toEqual([expect.stringContaining('rotated faster than it was read')])
  })

  test.each([
    ['before its end', false, 'after\n', [expect.stringContaining("can't be continued exactly")]],
    ['before its end', true, 'after\n', [expect.stringContaining("can't be continued exactly")]],
    ['with it', false, '', []],
    ['with it', true, '', []],
  ])(
    'the stream is closed at the exit, %s (a terminal: %s), and the log was rotated beyond the place',
    async (_, tty, after, gaps) => {
      const errors = tty ? '' : 'an error\n'.repeat(100)
      // The same lines again and again: nothing in the log tells the place.
      const lines = 'a line\n'.repeat(10_000)
      await using engine: FakeEngine = await FakeEngine.start({
        images: ['bb:1'],
        program: async self => {
          await self.out(lines)
          if (!tty) await self.err(errors)
          for (const { log } of engine.containers) log.messages.splice(0, 9_000)
          self.dropStreams('end')
          if (after !== '') await self.out(after)
          if (after !== '' && !tty) for (const { log } of engine.containers) log.print(2, Buffer.from(errors))
          return 0
        },
      })
      const HostConfig = { LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } }
      expect(await launch(engine, { tty, container: { HostConfig } })).toMatchObject({ kind: 'ok', gaps })
    },
  )

  test('at the end of the container, whose log is written later: nothing is missing, and little is read', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('')
    await using engine: FakeEngine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        const [container] = engine.containers
        await self.out(lines.slice(0, lines.length / 2))
        container?.log.fallBehind()
        await self.out(lines.slice(lines.length / 2))
        self.dropStreams('end')
        await engine.seen('logs')
        container?.log.catchUp()
        return 0
      },
    })
    const outcome = await launch(engine, { capture: lines.length })
    expect(outcome).toMatchObject({ kind: 'ok', gaps: [] })
    expect(outcome.stdout === lines).toBe(true)
    const logs = engine.requests.filter(({ operation }) => operation === 'logs')
    expect(logs.every(({ query }) => query.has('tail'))).toBe(true)
  })

  test('in the middle of a frame that the log does not have: a gap', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        await self.out('whole\n')
        await self.raw(Buffer.from([1, 0, 0, 0, 0, 0, 0, 9, 104, 97, 108, 102]))
        self.dropStreams()
        return 0
      },
    })
    const outcome = await launch(engine)
    expect(outcome).toMatchObject({ kind: 'ok', stdout: 'whole\nhalf' })
    expect(outcome.gaps).toEqual([expect.stringContaining('the log ends before what was delivered')])
  })

  test.each([
    ['', 0],
    [', and does not say at first what it remembers', 1],
  ])('the daemon restarts%s: wait and attach break off, the job goes on', async (_, failures) => {
    const goOn = Promise.withResolvers<number>()
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        await self.out('before\n')
        return goOn.promise
      },
    })
    for (let left = failures; left > 0; left--) engine.on('events', exchange => exchange.answer(500, 'no'))
    const job = launch(engine)
    const lines = job[Symbol.asyncIterator]()
    expect((await lines.next()).value).toEqual({ stream: 'stdout', text: 'before' })
    await engine.down()
    await engine.up()
    const end = lines.next()
    await engine.seen('logs')
    goOn.resolve(3)
    expect(await end).toEqual({ done: true, value: undefined })
    const outcome = await job
    expect(outcome).toMatchObject({ kind: 'exit', exitCode: 3, stdout: 'before\n' })
    expect(outcome.gaps).toEqual([expect.stringContaining('does not remember the start')])
    expect(outcome.warnings).toEqual([expect.stringContaining('the Engine does not answer')])
    expect(engine.containers).toEqual([])
  })

  test.each([
    ['little', 'a line\n', 6],
    ['much', 'a line that is longer than the end that is kept of what was delivered\n', 4_000],
    ['repeated', 'y\n', 40_000],
  ])(
    'the daemon is killed with the end of %s unlogged: the log goes on behind it',
    async (_, text, lines) => {
      const goOn = Promise.withResolvers<void>()
      const number = text !== 'y\n'
      const line = (index: number) => (number ? `${index} ${text}` : text)
      const printed = Array.from({ length: lines }, (_, index) => line(index)).join('')
      const more = Array.from({ length: 3 * lines }, (_, index) => line(lines + index)).join('')
      const killed = Promise.withResolvers<void>()
      await using engine: FakeEngine = await FakeEngine.start({
        images: ['bb:1'],
        program: async self => {
          await self.out(printed)
          await killed.promise
          await self.out(more)
          await goOn.promise
          await self.out('end\n')
          return 3
        },
      })
      let SystemTime: string | undefined
      engine.on('info', exchange => exchange.answer(200, { ID: 'x', SystemTime }))
      const job = launch(engine, { capture: 0 })
      let stdout = ''
      for await (const { bytes } of job.chunks()) {
        stdout += Buffer.from(bytes).toString()
        if (stdout.length !== printed.length) continue
        await engine.down()
        SystemTime = engine.containers[0]?.log.lose(lines / 2)
        killed.resolve()
        await engine.up()
        goOn.resolve()
      }
      expect(
        stdout === `${printed}${more}end\n`,
        `${stdout.length} of ${printed.length + more.length + 4}`,
      ).toBe(true)
      expect((await job).gaps).toEqual([expect.stringContaining('does not remember the start')])
    },
  )

  test.each([
    ['right after the daemon has returned: a gap', false, ['does not remember the start']],
    [
      'while the daemon is away: two',
      true,
      ['does not remember the start', 'ended while the Engine was away'],
    ],
  ])('the container ends %s', async (_, isAway, gaps) => {
    const goOn = Promise.withResolvers<number>()
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        await self.out('before\n')
        return goOn.promise
      },
    })
    const job = launch(engine)
    for await (const { text } of job) {
      expect(text).toBe('before')
      await engine.down()
      const away = Date.now() - 1
      await engine.up()
      goOn.resolve(3)
      await goOn.promise
      await setImmediate()
      if (isAway) for (const container of engine.containers) container.finishedAt = away
    }
    const outcome = await job
    expect(outcome).toMatchObject({ kind: 'exit', exitCode: 3 })
    expect(outcome.gaps).toEqual(gaps.map(words => expect.stringContaining(words)))
    expect(engine.asked).toContain('events')
  })

  test('someone else removes the container while it runs: lost, with words that say so', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { onEvent })
    await heard
    for (const container of engine.containers.splice(0)) container.remove()
    expect(await job).toMatchObject({
      kind: 'lost',
      exitCode: 137,
      failure: { message: expect.stringContaining('removed while it ran') },
    })
  })

  test('the Engine is restarted without live-restore: the failure says so', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { onEvent })
    await heard
    engine.on('events', exchange => {
      // A daemon that has started since knows of no earlier event.
      exchange.lines()
      exchange.response.end()
    })
    for (const container of engine.containers) container.kill('SIGTERM')
    expect(await job).toMatchObject({
      kind: 'exit',
      exitCode: 143,
      failure: { message: expect.stringContaining('while the Engine was being stopped') },
    })
  })

  test('the wait alone breaks off: taken up again, nothing missing', async () => {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: async self => {
        await self.out('a\n')
        await self.signal()
        await self.out('b\n')
        return 4
      },
    })
    engine.on('wait', exchange => exchange.lines())
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { onEvent })
    const outcome = job.then(result => result)
    await heard
    engine.drop('wait')
    await engine.seen('wait', 2)
    // The second wait is answered before this is.
    await using client = connect({ host: engine.host, env: {} })
    await client.system.ping()
    await job.kill('SIGTERM')
    expect(await outcome).toMatchObject({ exitCode: 4, stdout: 'a\nb\n', gaps: [] })
  })

  test('a container that is gone when the wait is taken up again is lost', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'], program: forever })
    engine.on('wait', exchange => exchange.lines())
    const { onEvent, heard } = hears('started')
    const job = launch(engine, { onEvent })
    await heard
    for (const container of engine.containers.splice(0)) container.remove()
    engine.drop('wait')
    expect(await job).toMatchObject({ kind: 'lost', exitCode: null })
  })
})

test('the Engine speaks in the stream: a gap, and what follows is not lost', async () => {
  await using engine = await FakeEngine.start({
    images: ['bb:1'],
    program: async self => {
      await self.out('a\n')
      await self.systemerr('Error grabbing logs: unexpected EOF\n')
      await self.out('b\n')
    },
  })
  const events: RunEvent[] = []
  const outcome = await launch(engine, { onEvent: event => events.push(event) })
  const reason = 'the Engine says: Error grabbing logs: unexpected EOF'
  expect(outcome).toMatchObject({ kind: 'ok', stdout: 'a\nb\n', gaps: [reason] })
  expect(events).toContainEqual({ type: 'gap', reason })
})

test('output that comes after the exit is known is not lost', async () => {
  const late = Promise.withResolvers<void>()
  await using engine = await FakeEngine.start({
    images: ['bb:1'],
    program: async self => {
      await self.out('early\n')
      self.exit(0)
      await late.promise
      await self.out('late\n')
    },
  })
  const outcome = await launch(engine, { onEvent: event => event.type === 'exited' && late.resolve() })
  expect(outcome).toMatchObject({ kind: 'ok', stdout: 'early\nlate\n', gaps: [] })
})

test('a container whose output is not read waits for its reader', async () => {
  let written = 0
  await using engine = await FakeEngine.start({
    images: ['bb:1'],
    program: async self => {
      for (let piece = 0; piece < 200; piece++) {
        await self.out(Buffer.alloc(65536, 97 + (piece % 26)))
        written += 65536
      }
    },
  })
  const job = launch(engine, { capture: 0 })
  const chunks = job.chunks()
  await chunks.next()
  // When another client has been answered this often, whatever could be written has been.
  await using client = connect({ host: engine.host, env: {} })
  for (let round = 0; round < 200; round++) await client.system.ping()
  const stalledAt = written
  expect(stalledAt).toBeLessThan(4_000_000)
  let total = 0
  for await (const { bytes } of chunks) total += bytes.length
  expect(await job).toMatchObject({ kind: 'ok', gaps: [] })
  expect(written).toBe(200 * 65536)
  expect(total).toBeGreaterThan(200 * 65536 - 70_000)
})
