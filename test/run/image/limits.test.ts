import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FailureReport, HoldfastError } from '../../../src/run/failure.ts'
import { type Budget, defaultBudget, PullBudget, refreshBudget } from '../../../src/run/image/limits.ts'
import { named } from '../caller.ts'

const limits = { connect: 10_000, idle: 5_000, total: 60_000 }
const pull = {
  type: 'pull',
  image: 'reg.example:5000/x:1',
  registry: 'reg.example:5000',
  reason: 'missing',
  credentials: 'anonymous',
  shared: false,
} as const
const outage = {
  kind: 'registry-outage',
  message: 'x could not be pulled: EOF',
  engineMessage: 'EOF',
  hint: 'Wait.',
} as const

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A budget, and when it ended: the part of it and the words. */
function budget(different: Partial<Budget> = {}, hasLocal = false) {
  const used = new PullBudget({ ...limits, ...different }, named('reg.example:5000/x:1'), hasLocal)
  return {
    pull: () => used.observe(pull),
    progress: (line: { status?: string; id?: string; current?: number } = {}) =>
      used.observe({ type: 'progress', image: 'x', status: 'Downloading', ...line }),
    retry: (delay: number, failure: FailureReport = outage) =>
      used.observe({ type: 'retry', image: 'x', attempt: 2, attempts: 3, delay, failure }),
    used,
    get ended(): unknown {
      return used.signal.aborted ? used.signal.reason : undefined
    },
  }
}

/** Moves on to just before that moment, when nothing must have happened, then to it, when something must have. */
function endsAfter(ms: number, { used }: ReturnType<typeof budget>): HoldfastError {
  vi.advanceTimersByTime(ms - 1)
  expect(used.signal.aborted).toBe(false)
  vi.advanceTimersByTime(1)
  expect(used.signal.reason).toBeInstanceOf(HoldfastError)
  return used.signal.reason
}

describe('connect', () => {
  test('ends a pull of which the Engine says nothing', () => {
    const it = budget()
    it.pull()
    expect(endsAfter(10_000, it)).toMatchObject({
      kind: 'registry-outage',
      message: 'reg.example:5000/x:1 could not be pulled: no progress from the Engine within 10 s',
      hint: 'Is reg.example:5000 up, and can the Engine reach it? Give it longer with the option pullTimeout.connect.',
      limit: 'pullTimeout.connect',
    })
  })

  test('counts from the moment that the pull goes out: credentials take their own time', () => {
    const it = budget()
    it.used.observe({ type: 'phase', phase: 'credentials' })
    vi.advanceTimersByTime(10_000)
    it.used.observe({ type: 'phase', phase: 'pull' })
    it.pull()
    endsAfter(10_000, it)
  })

  test('is over with the first word', () => {
    const it = budget({ idle: 0 })
    it.pull()
    vi.advanceTimersByTime(9_999)
    it.progress()
    vi.advanceTimersByTime(30_000)
    expect(it.ended).toBe(undefined)
  })

  test('does not end with events that are not the Engine’s', () => {
    const it = budget()
    it.pull()
    vi.advanceTimersByTime(5_000)
    it.used.observe({ type: 'phase', phase: 'pull' })
    it.used.observe({ type: 'warning', message: 'w' })
    it.pull()
    endsAfter(5_000, it)
  })

  test('spans all tries, and names the failure of the last one', () => {
    const it = budget()
    it.pull()
    vi.advanceTimersByTime(4_000)
    it.retry(1_000)
    vi.advanceTimersByTime(4_000)
    it.retry(1_000, { ...outage, message: 'x could not be pulled: 503' })
    expect(endsAfter(2_000, it).message).toMatch(/within 10 s; before that, x could not be pulled: 503$/)
  })

  test('is longer where no local copy could run', () => {
    expect(defaultBudget).toEqual({ connect: 30_000, idle: 120_000, total: 1_800_000 })
    expect(refreshBudget).toEqual({ ...defaultBudget, connect: 10_000, idle: 20_000 })
  })
})

describe('idle', () => {
  test('ends a pull that stands still', () => {
    const it = budget()
    it.pull()
    it.progress()
    expect(endsAfter(5_000, it)).toMatchObject({
      kind: 'registry-outage',
      message: 'reg.example:5000/x:1 could not be pulled: no progress for 5 s',
      hint: expect.stringContaining('the option pullTimeout.idle'),
    })
  })

  test.each<[string, (n: number) => { status?: string; id?: string; current?: number }]>([
    ['a layer that grows, if by a byte', n => ({ id: 'a', current: n })],
    ['the Engine’s own retries', n => ({ id: 'a', status: `Retrying in ${20 - n} seconds` })],
    ['one layer after the other', n => ({ id: `layer ${n}` })],
    ['a layer that is done with, step by step', n => ({ id: 'a', status: `step ${n}` })],
    ['a layer that starts again', n => ({ id: 'a', current: n % 2 })],
    ['two layers in turn', n => ({ id: n % 2 ? 'a' : 'b', current: n })],
  ])('starts again at every line that says something new: %s', (_, line) => {
    const it = budget()
    it.pull()
    for (let n = 0; n < 10; n++) {
      it.progress(line(n))
      vi.advanceTimersByTime(4_999)
    }
    it.progress(line(10))
    endsAfter(5_000, it)
  })

  test('does not start again at the Engine’s own retries where a local copy could run', () => {
    const it = budget({}, true)
    it.pull()
    it.progress()
    for (const seconds of [3, 2, 1]) {
      vi.advanceTimersByTime(1_000)
      it.progress({ id: 'a', status: `Retrying in ${seconds} seconds` })
    }
    endsAfter(2_000, it)
  })

  test.each(['Extracting', 'Download complete', 'Already exists'])(
    'does not run while all layers are on the Engine: %s',
    status => {
      const it = budget()
      it.pull()
      it.progress({ id: '1', status: 'Pulling from x' })
      it.progress({ id: 'a', status: 'Pull complete' })
      it.progress({ id: 'b', status })
      vi.advanceTimersByTime(50_000)
      expect(it.ended).toBe(undefined)
      it.progress({ id: 'c' })
      endsAfter(5_000, it)
    },
  )

  test('does not start again at a repeated line: a containerd store repeats itself', () => {
    const it = budget()
    it.pull()
    it.progress({ id: 'a', current: 1 })
    it.progress({ id: 'b', current: 7 })
    for (let line = 0; line < 49; line++) {
      vi.advanceTimersByTime(100)
      it.progress({ id: 'a', current: 1 })
      it.progress({ id: 'b', current: 7 })
    }
    endsAfter(100, it)
  })

  test('starts again at a retry, which is an answer as well', () => {
    const it = budget()
    it.pull()
    it.progress()
    vi.advanceTimersByTime(4_000)
    it.retry(1_000)
    endsAfter(5_000, it)
  })
})

describe('total', () => {
  test('ends a trickle, however lively', () => {
    const it = budget()
    it.pull()
    for (let line = 0; line < 59; line++) {
      vi.advanceTimersByTime(1_000)
      it.progress({ current: line })
    }
    expect(endsAfter(1_000, it)).toMatchObject({
      kind: 'registry-outage',
      message: 'reg.example:5000/x:1 could not be pulled: it was not done after 60 s',
      hint: expect.stringContaining('the option pullTimeout.total'),
    })
  })

  test('is no outage of the registry where the Engine has all layers and extracts them', () => {
    const it = budget()
    it.pull()
    it.progress({ id: 'a', status: 'Pull complete' })
    it.progress({ id: 'b', status: 'Extracting' })
    expect(endsAfter(60_000, it)).toMatchObject({
      kind: 'pull-failed',
      message:
        'reg.example:5000/x:1 could not be pulled: it was not done after 60 s, though the Engine has all of its layers',
      hint: expect.stringMatching(/extracting it: .* the option pullTimeout.total/),
    })
  })

  test('does not count the look-up of credentials, which is no fault of the registry’s', () => {
    const it = budget()
    vi.advanceTimersByTime(59_000)
    it.pull()
    endsAfter(limits.connect, it)
  })
})

describe('where a local copy could run, the attempt has connect and idle together', () => {
  const words = (ms: string) => `reg.example:5000/x:1 could not be pulled: it got no further within ${ms}`

  test('however lively the Engine is that downloads one part again and again', () => {
    const it = budget({}, true)
    it.pull()
    it.progress({ id: 'a', current: 2 })
    for (let second = 1; second < 15; second++) {
      vi.advanceTimersByTime(1_000)
      it.progress({ id: 'a', current: second % 3 })
    }
    expect(endsAfter(1_000, it)).toMatchObject({
      kind: 'registry-outage',
      message: words('15 s'),
      hint: expect.stringContaining('the option pullTimeout.idle'),
    })
  })

  test('but for a download that gets further, which has idle after each step', () => {
    const it = budget({}, true)
    it.pull()
    for (let step = 1; step < 12; step++) {
      vi.advanceTimersByTime(4_000)
      it.progress({ id: 'a', current: step })
    }
    for (let second = 1; second < 5; second++) {
      vi.advanceTimersByTime(1_000)
      it.progress({ id: 'a', current: second })
    }
    expect(endsAfter(1_000, it).message).toBe(words('5 s'))
  })

  test('a layer that is complete is a step, once', () => {
    const it = budget({}, true)
    it.pull()
    it.progress({ id: 'b' })
    vi.advanceTimersByTime(4_000)
    it.progress({ id: 'b', status: 'Waiting' })
    vi.advanceTimersByTime(4_000)
    it.progress({ id: 'b', status: 'Waiting again' })
    vi.advanceTimersByTime(4_000)
    it.progress({ id: 'a', status: 'Download complete' })
    vi.advanceTimersByTime(3_000)
    it.progress({ id: 'a', status: 'Extracting' })
    endsAfter(2_000, it)
  })

  test('not while the Engine extracts what it has', () => {
    const it = budget({}, true)
    it.pull()
    it.progress({ id: 'a', status: 'Extracting', current: 1 })
    vi.advanceTimersByTime(50_000)
    expect(it.ended).toBe(undefined)
  })

  test('our own next try counts as well, and does not come where it can’t be in time', () => {
    const it = budget({ total: 0 }, true)
    it.pull()
    it.progress({ id: 'a', current: 3 })
    for (let second = 0; second < 14; second++) {
      vi.advanceTimersByTime(1_000)
      it.retry(500)
    }
    expect(it.ended).toBe(undefined)
    it.retry(1_000)
    expect(it.ended).toMatchObject(outage)
  })

  test.each(['connect', 'idle'] as const)('%s without a limit: the attempt has none either', part => {
    const it = budget({ [part]: 0, total: 0 }, true)
    it.pull()
    for (let second = 0; second < 60; second++) {
      it.progress({ id: 'a', current: second % 3 })
      vi.advanceTimersByTime(1_000)
    }
    expect(it.ended).toBe(undefined)
  })
})

describe('no limit', () => {
  const year = 365 * 86_400_000

  test.each(['connect', 'idle', 'total'] as const)('0: %s has none, the others have', part => {
    const it = budget({ [part]: 0 })
    it.pull()
    if (part === 'connect') return void expect(endsAfter(60_000, it).message).toContain('after 60 s')
    if (part === 'total') return void endsAfter(10_000, it)
    it.progress()
    expect(endsAfter(60_000, it).message).toContain('after 60 s')
  })

  // Node's timers end at once when they are asked for as much.
  test.each([2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER])('%s: none ends at once', ms => {
    const it = budget({ connect: ms, idle: ms, total: ms })
    it.pull()
    vi.advanceTimersByTime(60_000)
    it.progress()
    vi.advanceTimersByTime(60_000)
    expect(it.ended).toBe(undefined)
    it.retry(1_000)
    expect(it.ended).toBe(undefined)
  })

  test('0 for all: a pull may take a year', () => {
    const it = budget({ connect: 0, idle: 0, total: 0 })
    it.pull()
    vi.advanceTimersByTime(year)
    it.retry(2 ** 31)
    it.progress()
    vi.advanceTimersByTime(year)
    expect(it.ended).toBe(undefined)
  })

  test('2^31 - 1 is one', () => {
    const it = budget({ connect: 2 ** 31 - 1, total: 0 })
    it.pull()
    endsAfter(2 ** 31 - 1, it)
  })
})

describe('a try that can’t come in time is not waited for', () => {
  test.each<[string, Partial<Budget>]>([
    ['connect', { total: 0 }],
    ['total', { connect: 0, total: 10_000 }],
  ])('%s: reports the failure of the last one', (_, different) => {
    const it = budget(different)
    it.pull()
    vi.advanceTimersByTime(9_500)
    it.retry(500)
    expect(it.ended).toBeInstanceOf(HoldfastError)
    expect(it.ended).toMatchObject(outage)
    expect((it.ended as HoldfastError).report()).toEqual(outage)
  })

  test('one that can is', () => {
    const it = budget()
    it.pull()
    vi.advanceTimersByTime(9_500)
    it.retry(499)
    expect(it.ended).toBe(undefined)
    endsAfter(500, it)
  })

  test('idle is no hindrance to a pause that is shorter, however long the Engine was silent before', () => {
    const it = budget()
    it.pull()
    it.progress()
    vi.advanceTimersByTime(4_999)
    it.retry(4_999)
    expect(it.ended).toBe(undefined)
  })
})

test('the first part that ends it is the one in the message', () => {
  const it = budget({ total: 10_000 })
  it.pull()
  const first = endsAfter(10_000, it)
  vi.advanceTimersByTime(60_000)
  expect(it.ended).toBe(first)
})

test('once it is disposed of, no timer is left', () => {
  const it = budget()
  for (let time = 0; time < 2; time++) it.pull()
  expect(vi.getTimerCount()).toBe(2)
  for (let current = 0; current < 3; current++) it.progress({ current })
  expect(vi.getTimerCount()).toBe(2)
  it.used[Symbol.dispose]()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(60_000)
  expect(it.ended).toBe(undefined)
})
