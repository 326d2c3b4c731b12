import { setTimeout as delay } from 'node:timers/promises'
import type { Engine } from '../engine/engine.ts'
import { isConnectionFailure, isStatus } from '../engine/error.ts'
import type { Emit } from './events.ts'
import { Failure } from './failure.ts'

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
const firstPause = 250
const longestPause = 5_000

/**
 * The container's exit status, which only a wait can tell. A wait that breaks off says nothing of the container: it is
 * taken up again when the Engine is back.
 */
export async function followExit({ engine, id, exit, signal, emit }: Following): Promise<number> {
  for (let pending = exit; ; ) {
    try {
      const { StatusCode, Error: error } = await pending
      if (error?.Message)
        throw new Failure('engine-error', `the Engine lost sight of the container: ${error.Message}`)
      return StatusCode
    } catch (error) {
      signal.throwIfAborted()
      if (!isConnectionFailure(error)) throw error
      emit({
        type: 'warning',
        message: `the wait for the container broke off, and is taken up again: ${error.message}`,
      })
    }
    // What is between us and the Engine may cut every wait at once.
    await delay(firstPause, undefined, { signal })
    pending = (await waitAgain(engine, id, signal)).exit
  }
}

async function waitAgain(engine: Engine, id: string, signal: AbortSignal): Promise<Pick<Following, 'exit'>> {
  const deadline = performance.now() + engineGrace
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await engine.containers.wait(id, { condition: 'not-running', signal })
    } catch (error) {
      signal.throwIfAborted()
      if (isStatus(error, 404)) throw lost('it is no longer on the Engine', error)
      if (!isConnectionFailure(error)) throw error
      if (performance.now() > deadline) throw lost('the Engine stayed away', error)
    }
    await delay(pause, undefined, { signal })
  }
}

function lost(why: string, cause: unknown): Failure {
  return new Failure('lost', `the container was lost: ${why}`, {
    hint: "See the Engine's log: `journalctl -u docker`.",
    cause,
  })
}
