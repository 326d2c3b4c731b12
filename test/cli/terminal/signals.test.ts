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
function routed({ quiet = false, grace = 10_000, init = false } = {}) {
  const said: string[] = []
  const sent: string[] = []
  const route = routeSignals(line => said.push(line), { quiet, outlivesHangup: false, grace, init })
  const kill = async (name: string) => void sent.push(name)
  route.toContainer({ kill } as unknown as Job, 'c'.repeat(64))
  // Called directly: others in this process listen for signals, too.
  const receive = (name: NodeJS.Signals) => process.listeners(name).at(-1)?.(name)
  return { said, sent, route, receive }
}

const unhandled = ' Process 1 ignores a signal that it has no handler for; --init puts an init there.'

test.each([
  ['after ten seconds', {}, 10_000, `within 10 s. A second SIGTERM kills it.${unhandled}`],
  ['with --quiet', { quiet: true }, 10_000, `within 10 s. A second SIGTERM kills it.${unhandled}`],
  [
    'after its --stop-timeout',
    { grace: 60_000 },
    60_000,
    `within 60 s. A second SIGTERM kills it.${unhandled}`,
  ],
  ['with --init', { init: true }, 10_000, 'within 10 s. A second SIGTERM kills it.'],
])('a container that SIGTERM does not end is reported: %s', (_, options, grace, end) => {
  const { said, sent, route, receive } = routed(options)
  receive('SIGTERM')
  vi.advanceTimersByTime(grace - 1)
  expect(said).toEqual([])
  vi.advanceTimersByTime(1)
  expect(said).toEqual([`warning: SIGTERM has not ended the container ${end}`])
  route.end()
  expect(sent).toEqual(['SIGTERM'])
})

test.each([
  ['one that has ended', 'SIGTERM', true],
  ['another signal', 'SIGUSR1', false],
] as const)('%s is not', (_, name, ends) => {
  const { said, route, receive } = routed()
  receive(name)
  if (ends) route.end()
  vi.advanceTimersByTime(60_000)
  route.end()
  expect(said).toEqual([])
})
