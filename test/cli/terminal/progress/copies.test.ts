import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openProgress, type ProgressOptions } from '../../../../src/cli/terminal/progress/progress.ts'
import type { RunEvent } from '../../../../src/run/events.ts'
import { Terminal } from './terminal.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

const copy = { direction: 'out', from: '/work/out', to: './out' } as const
const underWay: RunEvent = { type: 'copy', ...copy, entries: 12, bytes: 3_400_000 }
const copied: RunEvent = {
  type: 'copied',
  report: { ...copy, entries: 1, bytes: 512, omitted: [], omissions: 0 },
}

function opened(options: Partial<ProgressOptions>, terminal: Terminal) {
  const env = { LANG: 'C.UTF-8', TERM: 'xterm' }
  return openProgress({ mode: 'auto', quiet: false, stream: terminal, env, ...options })
}

describe('a copy', () => {
  test.each([
    [80, 'copying /work/out to ./out: 12 entries, 3.4 MB'],
    [40, 'copying: 12 entries, 3.4 MB'],
  ])('is shown on a terminal of %i columns while it is under way, and its result stays', (columns, line) => {
    const terminal = new Terminal(columns, 24)
    const progress = opened({}, terminal)
    progress.onEvent(underWay)
    vi.advanceTimersByTime(100)
    expect(terminal.text).toEqual([line])
    progress.onEvent(copied)
    progress.end()
    expect(terminal.text.join('')).toBe('holdfast: copied /work/out to ./out (1 entry, 512 B)')
  })

  test('that fails leaves nothing on the terminal', () => {
    const terminal = new Terminal(80, 24)
    const progress = opened({}, terminal)
    progress.onEvent(underWay)
    vi.advanceTimersByTime(100)
    progress.onEvent({ type: 'phase', phase: 'remove' })
    expect(terminal.text).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
    progress.end()
  })

  test.each([
    [{ mode: 'plain' }, 1],
    [{ mode: 'none' }, 0],
    [{ quiet: true }, 0],
  ] as const)('with %j says so at its end in %i lines', (options, lines) => {
    const terminal = new Terminal(80, 24)
    const progress = opened(options, terminal)
    progress.onEvent(underWay)
    progress.onEvent(copied)
    progress.end()
    expect(terminal.text).toHaveLength(lines)
  })
})
