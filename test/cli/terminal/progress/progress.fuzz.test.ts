import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { draw } from '../../../../src/cli/terminal/progress/bars.ts'
import type { Canvas } from '../../../../src/cli/terminal/progress/canvas.ts'
import { ascii, unicode } from '../../../../src/cli/terminal/progress/fit.ts'
import { openProgress } from '../../../../src/cli/terminal/progress/progress.ts'
import type { PullView } from '../../../../src/cli/terminal/progress/pull-view.ts'
import { Pulls } from '../../../../src/cli/terminal/progress/pulls.ts'
import type { Sum } from '../../../../src/cli/terminal/progress/sum.ts'
import type { RunEvent } from '../../../../src/run/events.ts'
import { random, tries } from '../../../support/random.ts'
import { Terminal } from './terminal.ts'

const images = ['a:1', 'registry.example.com/a-team/with-a-long-name/app:2026-11-23', '\x1b[31m漢字']
const statuses = [
  'Pulling from a',
  'Pulling fs layer',
  'Waiting',
  'Downloading',
  'Downloading',
  'Downloading',
  'Verifying Checksum',
  'Download complete',
  'Extracting',
  'Pull complete',
  'Already exists',
  'Retrying in 3 seconds',
  'Retrying in 3\x1b[2J seconds',
  'Status: Image is up to date for a',
  '漢字\x07',
  '',
]
const sizes = [undefined, -1, 0, 1, 10, 999, 1_000, 1e6, 1e9, 1e15, Number.MAX_VALUE, Number.NaN]

type Below = (bound: number) => number

const pick = <T>(below: Below, from: readonly T[]): T => from[below(from.length)] as T

function anyEvent(below: Below): RunEvent {
  const image = pick(below, images)
  const failure = { kind: 'registry-outage', message: 'no route\x1b[2J\nto host' } as const
  const kind = below(30)
  if (kind < 3)
    return { type: 'pull', image, registry: 'r', reason: 'always', credentials: 'c', shared: kind === 0 }
  if (kind === 3) return { type: 'retry', image, attempt: 2, attempts: 3, delay: below(5_000), failure }
  if (kind === 4)
    return below(3) > 0
      ? { type: 'warning', message: `${below(100)}` }
      : { type: 'image', image, id: '', digest: null, platform: '' }
  const id = pick(below, [
    undefined,
    '',
    '\x1b]0;x\x07',
    ...Array.from({ length: 12 }, (_, at) => `layer-${at}`),
  ])
  const [current, total] = [pick(below, sizes), pick(below, sizes)]
  const status = pick(below, statuses)
  return { type: 'progress', image, status, id, current, total } as RunEvent
}

const anySize = (below: Below) => ({
  columns: pick(below, [1, 2, 7, 19, 20, 21, 39, 40, 80, 200]),
  rows: 1 + below(30),
})

/** What is wrong with a picture of these pulls. */
function faults(pulls: Pulls, canvas: Canvas): string[] {
  const lines = draw(pulls.views, canvas)
  const wrong = lines.filter(
    ({ text }) =>
      text.length >= canvas.columns ||
      !/^[ -~█░…]*$/.test(text) ||
      /NaN|Infinity|undefined|[2-9]\d\d%|1[1-9]\d%|10[1-9]%|e\+/.test(text),
  )
  const tooMany = lines.length > Math.max(0, canvas.rows - 2) ? [`${lines.length} lines`] : []
  return [...wrong.map(({ text }) => text), ...tooMany]
}

/** What has gone back in a sum, or is more than there is. */
function setbacks(before: Sum, { done, layers, current, total, fraction = 0 }: Sum): string[] {
  const { fraction: previous = 0 } = before
  return [
    done < before.done || done > layers ? 'done' : '',
    layers < before.layers ? 'layers' : '',
    current < before.current || current > total ? 'current' : '',
    total < before.total ? 'total' : '',
    fraction < previous || fraction > 1 ? 'fraction' : '',
  ].filter(name => name !== '')
}

test('no picture is too large, and no sum goes back, whatever an Engine says', () => {
  let seen = 0
  for (let seed = 1; seed <= tries; seed++) {
    const below = random(seed)
    const pulls = new Pulls()
    const sums = new Map<PullView, Sum>()
    for (let now = 0; now < 30_000; now += below(600)) {
      pulls.take(anyEvent(below), now)
      const canvas = { ...anySize(below), now, glyphs: pick(below, [ascii, unicode]) }
      const where = `seed ${seed}, at ${now}, ${canvas.columns} x ${canvas.rows}`
      for (const view of pulls.views) {
        const { sum } = view.layers
        const wrong = setbacks(sums.get(view) ?? sum, sum)
        if (wrong.length > 0) expect(wrong, where).toEqual([])
        sums.set(view, sum)
      }
      const wrong = faults(pulls, canvas)
      if (wrong.length > 0) expect(wrong, where).toEqual([])
    }
    seen += sums.size
  }
  expect(seen).toBeGreaterThan(tries)
})

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

test('nothing but what was said is left on the terminal, however its size changes', () => {
  for (let seed = 1; seed <= tries; seed++) {
    const below = random(seed)
    // So many rows that nothing scrolls out of reach.
    const terminal = new Terminal(80, 3_000)
    const progress = openProgress({ mode: 'auto', quiet: false, stream: terminal, env: { TERM: 'xterm' } })
    const said: string[] = []
    for (let step = 0; step < 60; step++) {
      const event = anyEvent(below)
      if (event.type !== 'image') progress.onEvent(event)
      if (event.type === 'warning') said.push(`holdfast: warning: ${event.message}`)
      if (event.type === 'retry')
        said.push(`holdfast: pulling ${event.image} again`.replaceAll('\x1b', '\\u{1b}'))
      if (below(10) === 0) terminal.resize(anySize(below).columns, 3_000)
      if (below(10) === 0) {
        progress.say(`line ${step}`)
        said.push(`holdfast: line ${step}`)
      }
      vi.advanceTimersByTime(below(200))
    }
    progress.end()
    const left = terminal.text
      .join('')
      .split(/(?=holdfast: )/)
      .filter(line => line !== '')
    expect(left, `seed ${seed}`).toHaveLength(said.length)
    for (const [at, line] of said.entries())
      expect(left[at]?.startsWith(line), `seed ${seed}: ${line}`).toBe(true)
    for (const line of left) expect(line, `seed ${seed}`).not.toMatch(/layer-|downloading|\d%/)
  }
})
