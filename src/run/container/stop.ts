import type { Engine } from '../../engine/engine.ts'
import { HoldfastError } from '../failure.ts'
import type { Run } from '../run-state.ts'
import type { Opened } from './start.ts'
import { followExit } from './wait.ts'

/** What the end of a container needs. */
export interface Ending {
  exit: Opened['exit']
  /** Milliseconds from the stop signal to the kill. */
  grace: number
  waiting: AbortController
}

/** The exit status; a run that is cancelled or out of time has its container stopped first. */
export async function exitOf(
  run: Run,
  id: string,
  { exit, grace, waiting: { signal } }: Ending,
): Promise<number> {
  const { engine, life, record } = run
  const aborted = Promise.withResolvers<'aborted'>()
  const onAbort = () => aborted.resolve('aborted')
  life.signal.addEventListener('abort', onAbort, { once: true })
  if (life.signal.aborted) onAbort()
  try {
    const exited = followExit({ engine, id, exit, signal, emit: record.emit })
    if ((await Promise.race([exited, aborted.promise])) === 'aborted') await stop(run, id, grace)
    return await exited
  } finally {
    life.signal.removeEventListener('abort', onAbort)
  }
}

async function stop({ engine, life, record }: Run, id: string, grace: number): Promise<void> {
  await engine.containers.stop(id, { grace: Math.ceil(grace / 1000) }).catch(error => {
    record.emit({ type: 'warning', message: `the container could not be stopped: ${error.message}` })
    throw life.signal.reason
  })
}

/** Asks why a container failed, and says so. */
export async function conclude({ engine, life, record }: Run, id: string): Promise<void> {
  const { exitCode } = record
  if (exitCode !== 0) record.oomKilled = await wasOutOfMemory(engine, id)
  if (life.signal.aborted) throw life.signal.reason
  if (exitCode === 0) return
  const why = record.oomKilled ? ', out of memory' : ''
  const hint = record.oomKilled ? 'Give it more memory, or let it use less.' : undefined
  throw new HoldfastError('exit', `the container ended with status ${exitCode}${why}`, { hint })
}

async function wasOutOfMemory(engine: Engine, id: string): Promise<boolean> {
  const { State } = await engine.containers.inspect(id).catch(() => ({ State: { OOMKilled: false } }))
  return State.OOMKilled
}
