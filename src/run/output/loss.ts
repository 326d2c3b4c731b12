import type { Engine } from '../../engine/engine.ts'

/** Milliseconds by which the exit of a container may be known later than the end of its output. */
const lag = 1_000

interface Watch {
  engine: Engine
  id: string
  /** Settles when the stream has ended. */
  ended: Promise<void>
  /** Aborted once the container's exit is known. */
  exited: AbortSignal
  tell(reason: string): void
}

/**
 * Tells of a stream that ended while its container went on: an Engine that restarts ends it as if all had been said. A
 * container that closed its own output looks the same; it can't be told apart, and so is told, too.
 */
export async function watchLoss({ engine, id, ended, exited, tell }: Watch): Promise<void> {
  await ended
  await lapse(lag, exited)
  if (exited.aborted) return
  try {
    const { State } = await engine.containers.inspect(id, { signal: exited })
    if (State.Running) tell('the output ended while the container went on')
  } catch {
    if (!exited.aborted) tell('the output ended, and the Engine does not say whether the container has')
  }
}

/** Milliseconds by which the end of one connection may be seen later than that of another. */
const skew = 100

interface BreakWatch extends Pick<Watch, 'exited' | 'tell'> {
  /** The wait; rejected when it breaks off. */
  exit: Promise<unknown>
  /** Whether all output that came has been read, and more may come. */
  isWaiting(): boolean
}

/**
 * Tells of a wait that broke off, unless the output is seen to go on: an Engine that goes ends both, and a reader who is
 * behind meets the end of the output when the container may have ended, too.
 */
export async function watchBreak({ exit, exited, isWaiting, tell }: BreakWatch): Promise<void> {
  try {
    await exit
  } catch {
    await lapse(skew, exited)
    if (!exited.aborted && !isWaiting())
      tell('the connection to the Engine broke off while the container ran')
  }
}

// Node's own delay makes an error, trace and all, when it is called off: here that is how every run ends.
function lapse(milliseconds: number, calledOff: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      calledOff.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    calledOff.addEventListener('abort', end)
    if (calledOff.aborted) end()
  })
}
