import type { Attachment } from '../../engine/streams/attach.ts'
import type { WaitResult } from '../../engine/wire.ts'
import type { RunContext } from '../run-context.ts'
import { hasTty } from './body.ts'
import { startRefused } from './start.ts'

/** Ctrl-P Ctrl-Q would end the attachment and leave the container. The Engine accepts no "none", so: keys that are never typed. */
const neverTyped = 'ctrl-@,ctrl-^,ctrl-@,ctrl-_,ctrl-@'

/**
 * Attaches to a created container and registers for its exit, both at once, before it starts: the exit of a container
 * that ends at once would be missed later. `closing` ends both. An attachment that breaks off is continued by
 * `ResumingSource` (`run/output/resume.ts`).
 */
export async function attachAndWait(
  context: RunContext,
  id: string,
  closing: AbortController,
): Promise<{ attachment: Attachment; exit: Promise<WaitResult> }> {
  const { engine, options, signal, grace } = context
  const { stdin } = options
  const tty = hasTty(options)
  const detachKeys = tty && stdin !== undefined ? { detachKeys: neverTyped } : {}
  const attach = { tty, stdin: stdin !== undefined, ...detachKeys, signal: closing.signal }
  const wait = { condition: 'next-exit', signal: closing.signal } as const
  const giveUp = () => closing.abort(signal.reason)
  // When one of them is refused, the other may never be answered.
  const fail = (error: unknown) => {
    closing.abort(error)
    throw error
  }
  const asked = <T>(work: () => Promise<T>) =>
    grace.untilAnswered(work, { signal: closing.signal }).catch(fail)
  signal.addEventListener('abort', giveUp)
  const [attached, waited] = await Promise.allSettled([
    asked(() => engine.containers.attach(id, attach)),
    asked(() => engine.containers.wait(id, wait)),
  ])
  signal.removeEventListener('abort', giveUp)
  if (attached.status === 'rejected') return startRefused(context, id, attached.reason)
  if (waited.status === 'fulfilled') return { attachment: attached.value, exit: waited.value.exit }
  attached.value.close()
  return startRefused(context, id, waited.reason)
}
