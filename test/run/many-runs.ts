/*
 * Runs that many jobs at once on the Engine at that address, and prints what became of each. For a process that may open
 * few files: `node many-runs.ts HOST COUNT [CANCEL]`. With CANCEL the last one is cancelled as soon as it waits for its turn.
 */
import { run } from '../../src/run/run.ts'

const [host = '', count = '', cancel] = process.argv.slice(2)
const jobs = Array.from({ length: Number(count) }, (_, index) => {
  const controller = new AbortController()
  const isLast = index === Number(count) - 1
  return run({
    engine: host,
    image: 'bb:1',
    config: '/nonexistent',
    reject: false,
    signal: controller.signal,
    onEvent: event => {
      if (cancel !== undefined && isLast && event.type === 'warning') controller.abort()
    },
  })
})
const outcomes = await Promise.all(jobs)
process.stdout.write(
  JSON.stringify(
    outcomes.map(({ kind, failure, warnings }) => ({ kind, message: failure?.message, warnings })),
  ),
)
