import { Turns } from '../engine/http/turns.ts'
import { spareFiles } from '../host/open-files.ts'
import type { Emit } from './events.ts'

/** Connections of a run: its attachment, its wait, and two for short requests, one of which may be closing. */
const filesPerRun = 4
/** Files for the rest of the process: what a run reads and writes, a helper, a pull. */
const reserve = 8

let turns: Turns | undefined
let limit = 0

/**
 * Lets as many runs of this process go on at a time as its open files allow, and more wait in order. Rejects with the
 * signal's reason.
 */
export async function takeTurn(signal: AbortSignal, emit: Emit): Promise<Disposable> {
  limit ||= Math.max(1, Math.floor((spareFiles() - reserve) / filesPerRun))
  turns ??= new Turns(limit)
  const taken = turns
  if (!taken.tryTake()) {
    const message = `this run waits for another to end: the open files of this process (\`ulimit -n\`) allow ${limit} at a time`
    emit({ type: 'warning', message })
    await taken.take(signal)
  }
  return { [Symbol.dispose]: () => taken.give() }
}
