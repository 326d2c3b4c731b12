import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { routeSignals } from '../../../src/cli/terminal/signals.ts'
import type { Job } from '../../../src/run/job.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A route to a job that notes what it is sent, and a way to receive a signal. */
function routed({ quiet = false } = {}) {
  const said: string[] = []
  const sent: string[] = []
  const route = routeSignals(line => said.push(line), { quiet, outlivesHangup: false })
  const kill = async (name: string) => void sent.push(name)
  route.toContainer({ kill } as unknown as Job, 'c'.repeat(64))
  // Called directly: others in this process listen for signals, too.
  const receive = (name: NodeJS.Signals) => process.listeners(name).at(-1)?.(name)
  return { said, sent, route, receive }
}

test('a container that SIGTERM does not end is reported after ten seconds', () => {
  const { said, sent, route, receive } = routed()
  receive('SIGTERM')
  vi.advanceTimersByTime(9_999)
  expect(said).toEqual([])
  vi.advanceTimersByTime(1)
  expect(said).toEqual([expect.stringContaining('SIGTERM has not ended the container within 10 s')])
  route.end()
  expect(sent).toEqual(['SIGTERM'])
})

test('one that has ended is not, nor with --quiet, nor another signal', () => {
  for (const [options, name, ends] of [
    [{}, 'SIGTERM', true],
    [{ quiet: true }, 'SIGTERM', false],
    [{}, 'SIGUSR1', false],
  ] as const) {
    const { said, route, receive } = routed(options)
    receive(name)
    if (ends) route.end()
    vi.advanceTimersByTime(60_000)
    route.end()
    expect(said).toEqual([])
  }
})
