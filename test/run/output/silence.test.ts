import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { OutputChunk } from '../../../src/engine/streams/frames.ts'
import { SilenceWatch } from '../../../src/run/output/silence.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** A source whose reads are answered by the test. */
function watched(isAway = () => false) {
  const reads: Array<(chunks: readonly OutputChunk[] | undefined) => void> = []
  const onSilence = vi.fn()
  const source = {
    read: () => new Promise<readonly OutputChunk[] | undefined>(resolve => reads.push(resolve)),
    close: vi.fn(),
  }
  return { reads, onSilence, source, watch: new SilenceWatch(source, { limit: 1_000, isAway, onSilence }) }
}

test('a read that takes longer than the limit is silence', async () => {
  const { watch, onSilence } = watched()
  void watch.read()
  vi.advanceTimersByTime(999)
  expect(onSilence).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(onSilence).toHaveBeenCalledOnce()
})

test('each read has the whole limit, and a reader that is slow costs none of it', async () => {
  const { watch, reads, onSilence } = watched()
  for (let n = 0; n < 3; n++) {
    const read = watch.read()
    vi.advanceTimersByTime(900)
    reads[n]?.([])
    expect(await read).toEqual([])
    vi.advanceTimersByTime(5_000)
  }
  expect(onSilence).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})

test('the silence of an Engine that is away does not count', async () => {
  let away = true
  const { watch, onSilence } = watched(() => away)
  void watch.read()
  vi.advanceTimersByTime(1_500)
  expect(onSilence).not.toHaveBeenCalled()
  away = false
  vi.advanceTimersByTime(500)
  expect(onSilence).toHaveBeenCalledOnce()
})

test('a log that is read on is not silence, though nothing of it is new', async () => {
  const { watch, source, onSilence } = watched()
  void watch.read()
  vi.advanceTimersByTime(900)
  Object.assign(source, { activeAt: performance.now() })
  expect(watch.activeAt).toBe(performance.now())
  vi.advanceTimersByTime(999)
  expect(onSilence).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(onSilence).toHaveBeenCalledOnce()
})

test('a limit that is longer than a timer can be does not end at once', () => {
  const onSilence = vi.fn()
  const { source } = watched()
  void new SilenceWatch(source, { limit: 2 ** 40, isAway: () => false, onSilence }).read()
  vi.advanceTimersByTime(60_000)
  expect(onSilence).not.toHaveBeenCalled()
})

test('is closed with its source', () => {
  const { watch, source } = watched()
  watch.close()
  expect(source.close).toHaveBeenCalledOnce()
})
