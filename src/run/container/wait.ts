import { setTimeout as delay } from 'node:timers/promises'
import type { Engine } from '../../engine/engine.ts'
import { EngineError, isConnectionFailure, isStatus } from '../../engine/error.ts'
import type { Emit } from '../events.ts'
import { HoldfastError } from '../failure.ts'
import { untilReached } from '../retry.ts'

interface Following {
  engine: Engine
  id: string
  /** The wait that was registered before the start. */
  exit: Promise<{ StatusCode: number; Error?: { Message?: string } | null }>
  signal: AbortSignal
  emit: Emit
}

/** Milliseconds that the Engine may stay away before a running container counts as lost. */
const engineGrace = 120_000
/** Milliseconds between waits that break off, and how long one must last to count for more than that. */
const pause = 250
const lasting = 5_000

/**
 * The container's exit status, which only a wait can tell. A wait that breaks off, or makes no sense, says nothing of the
 * container: it is taken up again when the Engine is back.
 */
export async function followExit({ engine, id, exit, signal, emit }: Following): Promise<number> {
  let troubled: number | undefined
  for (let pending = exit; ; ) {
    const begun = performance.now()
    try {
      return statusOf(await pending)
    } catch (error) {
      signal.throwIfAborted()
      if (!saysNothing(error)) throw error
      if (performance.now() - begun > lasting) troubled = undefined
      if (troubled === undefined) {
        const message = `the Engine went away while the container ran (${error.message}); waiting for it, up to 2 min`
        emit({ type: 'warning', message })
      }
      troubled ??= performance.now()
      if (performance.now() - troubled > engineGrace) throw lost('every wait for it breaks off', error)
    }
    // What is between us and the Engine may cut every wait at once.
    await delay(pause, undefined, { signal })
    pending = (await waitAgain(engine, id, signal)).exit
  }
}

function statusOf({ StatusCode, Error: error }: Awaited<Following['exit']>): number {
  if (!error?.Message) return StatusCode
  throw new HoldfastError('engine-error', `the Engine lost sight of the container: ${error.Message}`)
}

function saysNothing(error: unknown): error is EngineError {
  return isConnectionFailure(error) || (error instanceof EngineError && error.code === 'bad-answer')
}

async function waitAgain(engine: Engine, id: string, signal: AbortSignal): Promise<Pick<Following, 'exit'>> {
  const wait = () => engine.containers.wait(id, { condition: 'not-running', signal })
  return untilReached(wait, { grace: engineGrace, signal }).catch(error => {
    signal.throwIfAborted()
    if (isStatus(error, 404)) throw lost('it is no longer on the Engine', error)
    throw isConnectionFailure(error) ? lost('the Engine stayed away', error) : error
  })
}

function lost(why: string, cause: unknown): HoldfastError {
  return new HoldfastError('lost', `the container was lost: ${why}`, {
    hint: "See the Engine's log: `journalctl -u docker`.",
    cause,
  })
}
