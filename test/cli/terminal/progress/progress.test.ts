import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openProgress, type ProgressOptions } from '../../../../src/cli/terminal/progress/progress.ts'
import type { RunEvent } from '../../../../src/run/events.ts'
import { event, recorded, recordedImage } from './streams.ts'
import { Terminal } from './terminal.ts'

const frame = 100
const utf8 = { LANG: 'C.UTF-8', TERM: 'xterm' }

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

function opened(options: Partial<ProgressOptions> = {}, terminal = new Terminal(80, 24)) {
  const now = () => performance.now()
  const progress = openProgress({
    mode: 'auto',
    quiet: false,
    stream: terminal,
    env: utf8,
    now,
    ...options,
  })
  return { terminal, progress, tell: progress.onEvent }
}

const notATerminal = () => Object.assign(new Terminal(300, 24), { isTTY: false })

const pull = (image = recordedImage, credentials = 'anonymous'): RunEvent => ({
  type: 'pull',
  image,
  registry: 'private.test:5000',
  reason: 'missing',
  credentials,
  shared: false,
})
const local = (image = recordedImage): RunEvent => ({
  type: 'image',
  image,
  id: `sha256:${'0'.repeat(64)}`,
  digest: null,
  platform: 'linux/amd64',
})
const failure = { kind: 'registry-outage', message: 'no route to host' } as const
const retry: RunEvent = {
  type: 'retry',
  image: recordedImage,
  attempt: 2,
  attempts: 3,
  delay: 1_400,
  failure,
}
const warning: RunEvent = { type: 'warning', message: 'not quite right' }
const skipped: RunEvent = {
  type: 'skipped',
  image: recordedImage,
  registry: 'private.test:5000',
  reason: 'it failed 3 times',
  until: '2026-11-23T17:00:00.000Z',
}
const stale: RunEvent = {
  type: 'stale',
  image: recordedImage,
  reason: 'no route to host',
  kind: 'registry-outage',
  age: 90_000,
  digest: `sha256:${'1'.repeat(64)}`,
}

const said = {
  pull: `holdfast: pulling ${recordedImage} (it is not on the Engine; credentials: anonymous)`,
  retry: `holdfast: pulling ${recordedImage} again in 1.4 s (attempt 2 of 3): no route to host`,
  warning: 'holdfast: warning: not quite right',
  skipped: `holdfast: not asking private.test:5000 for ${recordedImage} until 2026-11-23T17:00:00Z: it failed 3 times`,
  stale: `holdfast: STALE: running the local copy of ${recordedImage} (sha256:111111111111, 90 s old): registry-outage: no route to host`,
  pulled: `holdfast: pulled ${recordedImage} in 0.0 s (1 new layer)`,
}

const all: RunEvent[] = [
  { type: 'phase', phase: 'pull' },
  pull(),
  event('Pulling fs layer', 'a'),
  retry,
  event('Pulling fs layer', 'a'),
  warning,
  local(),
  skipped,
  stale,
  { type: 'exited', exitCode: 0 },
]

describe('what is said', () => {
  const layer = 'holdfast: a: Pulling fs layer'

  test.each<[string, Partial<ProgressOptions>, string[]]>([
    [
      'plain',
      { mode: 'plain' },
      [said.pull, layer, said.retry, layer, said.warning, said.pulled, said.skipped, said.stale],
    ],
    ['none', { mode: 'none' }, [said.retry, said.warning, said.skipped, said.stale]],
    ['auto, on a terminal', {}, [said.retry, said.warning, said.pulled, said.skipped, said.stale]],
    ['quiet', { quiet: true }, [said.stale]],
    ['quiet and plain', { quiet: true, mode: 'plain' }, [said.stale]],
  ])('%s', (_, options, lines) => {
    const { terminal, tell, progress } = opened(options, new Terminal(300, 24))
    for (const each of all) tell(each)
    progress.end()
    expect(terminal.text).toEqual(lines)
  })

  test.each<[string, Partial<ProgressOptions>, Terminal]>([
    ['no terminal', {}, notATerminal()],
    ['a dumb terminal', { env: { TERM: 'dumb' } }, new Terminal(300, 24)],
  ])('auto, on %s: as plain, and nothing for the eye', (_, options, terminal) => {
    const { tell } = opened(options, terminal)
    for (const each of all.slice(0, 3)) {
      tell(each)
      vi.advanceTimersByTime(frame)
    }
    expect(terminal.raw).toBe(`${said.pull}\n${layer}\n`)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('of a real pull, a line for each change of state', () => {
    const { terminal, tell } = opened({ mode: 'plain' }, new Terminal(300, 50))
    tell(pull())
    for (const { event } of recorded('docker-20.10', 'retrying')) tell(event)
    expect(terminal.text.slice(1)).toEqual(
      [
        'retrying: Pulling from app',
        '5a9a5042a225: Already exists',
        '164fed22552f: Pulling fs layer',
        '42479717be30: Pulling fs layer',
        '164fed22552f: Downloading',
        '42479717be30: Downloading',
        '42479717be30: Verifying Checksum',
        '42479717be30: Download complete',
        '164fed22552f: Retrying in 5 seconds',
        '164fed22552f: Downloading',
        '164fed22552f: Verifying Checksum',
        '164fed22552f: Download complete',
        '164fed22552f: Extracting',
        '164fed22552f: Pull complete',
        '42479717be30: Extracting',
        '42479717be30: Pull complete',
        'Digest: sha256:881341e1b7dd98039bfa4ced2b1da3dcf3d500c13b0f0494510637036182ec9a',
        `Status: Downloaded newer image for private.test:5000/app:retrying`,
      ].map(line => `holdfast: ${line}`),
    )
  })

  test('of several pulls at once, whose layer it is', () => {
    const { terminal, tell } = opened({ mode: 'plain' }, notATerminal())
    const other = { ...event('Pulling fs layer', 'b'), image: 'other:1' }
    for (const each of [pull(), event('Waiting', 'a'), pull('other:1'), other, event('Downloading', 'a')])
      tell(each)
    for (const each of [local('other:1'), event('Download complete', 'a')]) tell(each)
    expect(terminal.text.filter(line => !line.includes(' pull'))).toEqual([
      'holdfast: a: Waiting',
      'holdfast: other:1: b: Pulling fs layer',
      `holdfast: ${recordedImage}: a: Downloading`,
      'holdfast: a: Download complete',
    ])
  })

  test('of two callers that share a pull, once', () => {
    const { terminal, tell } = opened({ mode: 'plain' }, new Terminal(200, 24))
    const shared: RunEvent = { ...pull(), shared: true } as RunEvent
    for (const each of [
      pull(),
      shared,
      pull(),
      event('Waiting', 'a'),
      event('Waiting', 'a'),
      local(),
      local(),
    ])
      tell(each)
    expect(terminal.text).toEqual([
      said.pull,
      `holdfast: pulling ${recordedImage} (it is not on the Engine; shares a pull that is under way)`,
      'holdfast: a: Waiting',
      said.pulled,
    ])
  })

  test('of a thousand layers at most, as no image has more', () => {
    const { terminal, tell } = opened({ mode: 'plain' }, new Terminal(300, 2_000))
    tell(pull())
    for (let at = 0; at < 1_500; at++) tell(event('Waiting', `${at}`))
    tell(event('Downloading', '0'))
    expect(terminal.text).toHaveLength(1 + 1_000 + 1)
  })

  test('of an image that was not pulled: nothing', () => {
    const { terminal, tell } = opened({ mode: 'plain' })
    tell(local())
    tell(event('Downloading', 'a', 1, 2))
    expect(terminal.raw).toBe('')
  })

  test('by an Engine, with no control character of its own', () => {
    const { terminal, tell } = opened({ mode: 'plain' }, notATerminal())
    tell(pull())
    tell(event('Status: \x1b[2J\x07 up\r\nand down\u202e'))
    expect(terminal.text.at(-1)).toBe('holdfast: Status: \\u{1b}[2J\\u{7} up | and down\\u{202e}')
  })
})

describe('bars', () => {
  function drawing(terminal = new Terminal(80, 24), options: Partial<ProgressOptions> = {}) {
    const { progress, tell } = opened(options, terminal)
    tell(pull())
    for (const word of [
      event('Pulling from app', '1'),
      event('Pulling fs layer', 'bbbbbbbbbbbb'),
      event('Downloading', 'aaaaaaaaaaaa', 5_000_000, 10_000_000),
    ])
      tell(word)
    vi.advanceTimersByTime(frame)
    return { terminal, progress, tell }
  }

  test('are drawn with the first frame, and no sooner', () => {
    const { terminal, tell, progress } = opened()
    tell(pull())
    expect(terminal.raw).toBe('')
    tell(local())
    vi.advanceTimersByTime(10 * frame)
    expect(terminal.text).toEqual([`holdfast: pulled ${recordedImage} in 0.0 s (no new layers)`])
    progress.end()
  })

  test('show the layers and the total', () => {
    expect(drawing().terminal.text).toEqual([
      `pulling ${recordedImage}`,
      '  aaaaaaaaaaaa downloading ███████████████░░░░░░░░░░░░░░░  5.0 MB of 10.0 MB',
      '  0 of 2 layers done ███████░░░░░░░░░░░░░░░░░░░░░░░ 5.0 MB of over 10.0 MB',
    ])
  })

  test('are of ASCII where the terminal may have nothing else', () => {
    const { terminal } = drawing(undefined, { env: { TERM: 'xterm', LANG: 'C' } })
    expect(terminal.text[1]).toContain('###---')
    expect(terminal.raw.replaceAll('\x1b', '')).toMatch(/^[ -~\r\n]*$/)
  })

  test('have no colour with NO_COLOR', () => {
    const extract = event('Extracting', 'aaaaaaaaaaaa', 5, 10)
    for (const [env, coloured] of [
      [utf8, true],
      [{ ...utf8, NO_COLOR: '' }, true],
      [{ ...utf8, NO_COLOR: '1' }, false],
    ] as const) {
      const { terminal, tell } = drawing(undefined, { env })
      tell(extract)
      vi.advanceTimersByTime(frame)
      expect(terminal.raw.includes('\x1b[32m'), JSON.stringify(env)).toBe(coloured)
    }
  })

  test('are redrawn 12 times a second at most, however many events there are', () => {
    const { terminal, tell } = drawing()
    const before = terminal.writes
    for (let at = 1; at <= 1_000; at++) {
      tell(event('Downloading', 'aaaaaaaaaaaa', 5_000_000 + at * 1_000, 10_000_000))
      vi.advanceTimersByTime(1)
    }
    expect(terminal.writes - before).toBeGreaterThan(5)
    expect(terminal.writes - before).toBeLessThanOrEqual(12)
  })

  test('leave one line of a pull that is done', () => {
    const { terminal, tell } = drawing(new Terminal(100, 24))
    tell(event('Pull complete', 'aaaaaaaaaaaa'))
    tell(event('Already exists', 'bbbbbbbbbbbb'))
    vi.advanceTimersByTime(3_200 - frame)
    tell(local())
    expect(terminal.text).toEqual([
      `holdfast: pulled ${recordedImage} in 3.2 s (10.0 MB, 2 layers, 1 of them new)`,
    ])
    expect(terminal.cursor).toEqual({ row: 1, column: 0 })
    expect(vi.getTimerCount() + terminal.listeners).toBe(0)
  })

  test.each<[string, RunEvent, string[]]>([
    ['that failed', { type: 'failed', failure }, []],
    ['whose stale copy runs', stale, [said.stale]],
  ])('vanish with a pull %s', (_, end, lines) => {
    const { terminal, tell } = drawing(new Terminal(200, 24))
    tell(end)
    expect(terminal.text).toEqual(lines)
    expect(vi.getTimerCount() + terminal.listeners).toBe(0)
  })

  test('of other images stay when a pull is over', () => {
    const { terminal, progress, tell } = drawing()
    tell(pull('other:1'))
    progress.over(recordedImage)
    vi.advanceTimersByTime(frame)
    expect(terminal.text).toEqual([
      'pulling other:1 (it is not on the Engine; credentials: anonymous)',
      '  asking the registry, 1 s',
    ])
    progress.over('other:1')
    expect(terminal.text).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('make room for lines of ours, and come back below them', () => {
    const { terminal, progress } = drawing()
    const bars = terminal.text
    progress.say('first', 'second')
    expect(terminal.text).toEqual(['holdfast: first', 'holdfast: second'])
    vi.advanceTimersByTime(frame)
    expect(terminal.text).toEqual(['holdfast: first', 'holdfast: second', ...bars])
  })

  test('follow the size of the terminal', () => {
    const { terminal } = drawing()
    terminal.resize(40, 24)
    vi.advanceTimersByTime(frame)
    expect(terminal.text).toEqual([
      'pulling private.test:5000/app:1',
      '  aaaaaaaa downloading █████░░░░░░  50%',
      '  0 of 2 layers done ███░░░░░░░░░░  25%',
    ])
    terminal.resize(15, 24)
    vi.advanceTimersByTime(frame)
    expect(terminal.text).toEqual(['pulling 0/2'])
    terminal.resize(80, 24)
    vi.advanceTimersByTime(frame)
    expect(terminal.text).toHaveLength(3)
  })

  test('are gone for good at the end, with their timer and listener', () => {
    const { terminal, progress, tell } = drawing()
    progress.say('said')
    vi.advanceTimersByTime(frame)
    progress.end()
    expect(terminal.text).toEqual(['holdfast: said'])
    expect(vi.getTimerCount() + terminal.listeners).toBe(0)
    tell(pull('late:1'))
    tell({ ...event('Downloading', 'a', 1, 2), image: 'late:1' })
    vi.advanceTimersByTime(10 * frame)
    expect(vi.getTimerCount() + terminal.listeners).toBe(0)
    progress.say('said after all')
    expect(terminal.text).toEqual(['holdfast: said', 'holdfast: said after all'])
  })

  test('keep no process alive', () => {
    vi.useRealTimers()
    const { tell, progress } = opened()
    const before = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    tell(pull())
    const after = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    progress.end()
    expect(after).toBe(before)
  })
})
