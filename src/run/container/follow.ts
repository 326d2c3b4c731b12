import type { Attachment } from '../../engine/streams/attach.ts'
import { watchBreak, watchLoss } from '../output/loss.ts'
import type { Run } from '../run-state.ts'
import { feed } from './input.ts'
import { openContainer, startContainer } from './start.ts'
import { conclude, type Ending, exitOf } from './stop.ts'

const defaultStopGrace = 10_000
/** Why what served a run is no longer wanted; made once, as the trace of an error is dear. */
const over = new Error('the run is over')

/** Runs a created container to its end: attached, and waited for, before it starts. */
export async function runContainer(run: Run, id: string): Promise<void> {
  const { record, output, life } = run
  const waiting = new AbortController()
  let attachment: Attachment | undefined
  let input: { stop(): void } | undefined
  const hurry = () => output.hurry()
  life.signal.addEventListener('abort', hurry, { once: true })
  try {
    life.signal.throwIfAborted()
    record.emit({ type: 'phase', phase: 'attach' })
    const opened = await openContainer(run, id, waiting)
    attachment = opened.attachment
    life.signal.throwIfAborted()
    record.emit({ type: 'phase', phase: 'start' })
    await startContainer(run, id)
    // Whoever gave up before the start was confirmed does not wait for what has hardly begun.
    const grace = life.signal.aborted ? 0 : (run.options.stopGrace ?? defaultStopGrace)
    record.emit({ type: 'started', container: id })
    record.emit({ type: 'phase', phase: 'run' })
    output.open(attachment)
    input = feed(run, attachment)
    record.emit({ type: 'exited', exitCode: await watched(run, id, { ...opened, grace, waiting }) })
    input.stop()
    await output.finish()
    await conclude(run, id)
  } finally {
    life.signal.removeEventListener('abort', hurry)
    input?.stop()
    waiting.abort(over)
    attachment?.close()
  }
}

/** The exit status, with an eye on output that ends before it. */
async function watched(run: Run, id: string, end: Ending): Promise<number> {
  const { engine, options, output, record } = run
  const exited = new AbortController()
  let told = false
  const tell = (reason: string) => {
    if (!told)
      record.emit({
        type: 'gap',
        reason: options.stdin === undefined ? reason : `${reason}; so may a part of its input be`,
      })
    told = true
  }
  void watchLoss({ engine, id, ended: output.ended, exited: exited.signal, tell })
  void watchBreak({ exit: end.exit, exited: exited.signal, isWaiting: () => output.waiting, tell })
  try {
    return await exitOf(run, id, end)
  } finally {
    exited.abort(over)
  }
}
