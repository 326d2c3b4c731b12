import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { EngineError } from '../../../src/engine/error.ts'
import { rotatingLog } from '../../../src/run/output/rotating-log.ts'
import { random } from '../../support/random.ts'

interface Message {
  stamp: number
  text: string
}

function frame({ stamp, text }: Message): Buffer {
  const time = new Date(Date.UTC(2026, 10, 23) + stamp).toISOString().replace('Z', '000000Z')
  const payload = Buffer.from(`${time} ${text}`)
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

/** Reads a log which holds the last `size` messages, and gets one of `batches` after each look; a look may break off. */
async function read(batches: Message[][], size: number, breaksOff: () => boolean = () => false) {
  const held: Message[] = []
  const left = [...batches]
  const problems: string[] = []
  let ring = Promise.withResolvers<void>()
  const add = () => {
    held.push(...(left.shift() ?? []))
    held.splice(0, Math.max(0, held.length - size))
    ring.resolve()
    ring = Promise.withResolvers<void>()
  }
  async function* bell(): AsyncGenerator<Uint8Array, void, undefined> {
    while (left.length > 0) {
      await ring.promise
      yield frame({ stamp: 0, text: 'x\n' })
    }
  }
  async function* look(tail = held.length): AsyncGenerator<Uint8Array, void, undefined> {
    const some = held.slice(Math.max(0, held.length - tail))
    add()
    for (const message of some) {
      if (breaksOff()) throw new Error('no such file or directory')
      yield frame(message)
      await setImmediate()
    }
  }
  const log = rotatingLog(
    {},
    {
      connect: async ({ follow, tail }) => (follow ? bell() : look(tail)),
      hasEnded: async () => left.length === 0,
      onUnproven: ({ message }) => problems.push(message),
      onLook: () => undefined,
      signal: new AbortController().signal,
    },
  )
  const texts: string[] = []
  for await (const entries of log) texts.push(...entries.map(({ bytes }) => String(bytes)))
  return { texts, problems }
}

/** Messages in batches; where `next` says so, one has the timestamp of the one before, as the parts of a line do. */
function printed(sizes: number[], next: (below: number) => number = () => 1): Message[][] {
  let stamp = 0
  let count = 0
  return sizes.map(size =>
    Array.from({ length: size }, () => {
      if (next(3) > 0) stamp++
      return { stamp, text: `${count++}\n` }
    }),
  )
}

const textsOf = (batches: Message[][]) => batches.flat().map(({ text }) => text)

describe.concurrent('a log that is rotated while it is read', () => {
  test.each(Array.from({ length: 8 }, (_, index) => index + 1))('seed %i: each message once', async seed => {
    const next = random(seed)
    const batches = printed([0, 500, 0, 3, 700, 1, 0, 400], next)
    const { texts, problems } = await read(batches, 1_500)
    expect(problems).toEqual([])
    expect(texts).toEqual(textsOf(batches))
  })

  test('and whose connections break off: each message once', async () => {
    const next = random(9)
    const batches = printed([0, 50, 0, 3, 70, 1, 0, 40], next)
    const { texts, problems } = await read(batches, 1_500, () => next(300) === 0)
    expect(problems).toEqual([])
    expect(texts).toEqual(textsOf(batches))
  })

  test('beyond the place: what it has, in order, and that something is missing', async () => {
    const batches = printed([0, 500, 3_000, 10])
    const { texts, problems } = await read(batches, 1_000)
    expect(problems).toEqual(['the log was rotated faster than it was read'])
    const all = textsOf(batches)
    expect(texts).toEqual([...all.slice(0, 500), ...all.slice(-1_000)])
  })

  test('in a line whose parts are the same: none twice', async () => {
    const part = { stamp: 1, text: 'same' }
    const batches = [[], [part, part], [part], [{ stamp: 2, text: 'next' }]]
    const { texts, problems } = await read(batches, 1_000)
    expect([...new Set(problems)]).toEqual(['a long line that repeats itself may go on in its log'])
    expect(texts).toEqual(['same', 'same', 'next'])
  })

  test('in a line whose parts are the same, behind another: each part once', async () => {
    const part = { stamp: 2, text: 'same' }
    const batches = [
      [],
      [{ stamp: 1, text: 'first' }, part, part, part],
      [part],
      [{ stamp: 3, text: 'next' }],
      [{ stamp: 4, text: 'last' }],
    ]
    const { texts, problems } = await read(batches, 1_000)
    expect(texts).toEqual(textsOf(batches))
    expect(problems).toEqual([])
  })

  test('after the clock was set back: each message once', async () => {
    const message = (stamp: number) => ({ stamp, text: `${stamp}\n` })
    const late: Message[][] = Array.from({ length: 10 }, () => [])
    const batches = [[], [message(101), message(102), message(50)], [message(51)], ...late, [message(103)]]
    const { texts, problems } = await read(batches, 3)
    expect(texts).toEqual(textsOf(batches))
    expect(problems).toEqual([])
  })

  test('in a line of which the log has only parts that are the same: a gap', async () => {
    const part = { stamp: 2, text: 'same' }
    const many = Array.from({ length: 2_000 }, () => part)
    const batches = [[], [{ stamp: 1, text: 'first\n' }, { stamp: 2, text: 'start' }, part], many, [], [], []]
    const { texts, problems } = await read([...batches, [{ stamp: 3, text: 'next\n' }]], 1_000)
    expect(problems).toContain('the log was rotated faster than it was read')
    expect(texts).toEqual(['first\n', 'start', 'same', 'next\n'])
  })
})

describe('a log that brings little', () => {
  afterEach(() => void vi.useRealTimers())

  /**
   * Reads a log of three messages, the last of which comes after a second. `follow` is what the Engine's following does. The
   * container ends, and is removed, after so many milliseconds.
   */
  async function readSilent(
    follow: () => AsyncGenerator<Uint8Array>,
    endsAfter: number,
    isGoneAfter = Number.POSITIVE_INFINITY,
  ) {
    vi.useFakeTimers()
    const asked: number[] = []
    const looks: number[] = []
    const begun = Date.now()
    const log = rotatingLog(
      {},
      {
        connect: async query => {
          asked.push(Date.now() - begun)
          if (asked.length > 1_000) throw new Error('it is asked for all the time')
          if (query.follow) return follow()
          if (Date.now() - begun > isGoneAfter) throw gone
          return sent(frames.slice(0, Date.now() - begun >= 1_000 ? 3 : 2))
        },
        hasEnded: async () => Date.now() - begun >= endsAfter,
        onUnproven: error => expect.fail(error.message),
        onLook: () => looks.push(Date.now() - begun),
        signal: new AbortController().signal,
      },
    )
    const read: string[] = []
    let isOver = false
    const reading = (async () => {
      for await (const entries of log) read.push(...entries.map(({ bytes }) => String(bytes)))
      isOver = true
    })()
    await Promise.race([reading, vi.advanceTimersByTimeAsync(endsAfter + 10_000)])
    return { read, asked, looks, isOver }
  }

  const gone = new EngineError('status', 'No such container', { status: 404 })
  const frames = [1, 2, 3].map(stamp => frame({ stamp, text: `${stamp}\n` }))
  const texts = ['1\n', '2\n', '3\n']

  async function* sent(frames: Buffer[]): AsyncGenerator<Uint8Array> {
    yield* frames
  }

  test('is silent, and is over with the container, though the Engine does not end the following', async () => {
    const never = async function* (): AsyncGenerator<Uint8Array> {
      await new Promise(() => undefined)
    }
    const { read, looks, isOver } = await readSilent(never, 60_000)
    expect(read).toEqual(texts)
    expect(isOver).toBe(true)
    expect(looks.filter(time => time > 10_000)).toEqual([])
  })

  test('is not asked for all the time where the following ends at once', async () => {
    const { read, asked, isOver } = await readSilent(() => sent([]), 1_000)
    expect(read).toEqual(texts)
    expect(isOver).toBe(true)
    expect(asked.length).toBeLessThan(60)
  })

  test('is read at once when the container ends, which may be removed right after', async () => {
    const follow = async function* (): AsyncGenerator<Uint8Array> {
      await new Promise(resolve => setTimeout(resolve, 1_000))
      yield* frames.slice(2)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    const { read, isOver } = await readSilent(follow, 1_010, 1_050)
    expect(read).toEqual(texts)
    expect(isOver).toBe(true)
  })
})
