import { setTimeout as delay } from 'node:timers/promises'
import { isConnectionFailure } from '../engine/error.ts'

const firstPause = 250
const longestPause = 5_000

/** Does what may be done twice, again and again while the Engine can't be reached; gives up after `grace` milliseconds. */
export async function untilReached<T>(
  work: () => Promise<T>,
  { grace, signal }: { grace: number; signal?: AbortSignal },
): Promise<T> {
  const deadline = performance.now() + grace
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await work()
    } catch (error) {
      if (!isConnectionFailure(error) || performance.now() + pause > deadline) throw error
    }
    await delay(pause, undefined, { ...(signal && { signal }) })
  }
}
