import type { Attachment } from '../engine/attach.ts'
import type { Engine } from '../engine/engine.ts'
import { EngineError } from '../engine/error.ts'
import { followExit } from './exit.ts'
import { Failure, refusedAs } from './failure.ts'
import type { Lifetime } from './lifetime.ts'
import { watchBreak, watchLoss } from './loss.ts'
import type { RunOptions } from './options.ts'
import type { Output } from './output.ts'
import type { Record } from './record.ts'

/** What the steps of one run share. */
export interface Run {
  engine: Engine
  options: RunOptions
  record: Record
  output: Output
  life: Lifetime
}

const defaultStopGrace = 10_000

/** Runs a created container to its end: attached, and waited for, before it starts. */
export async function runContainer(run: Run, id: string): Promise<void> {
  const { record, output, life } = run
  const waiting = new AbortController()
  let attachment: Attachment | undefined
  try {
    life.signal.throwIfAborted()
    record.emit({ type: 'phase', phase: 'attach' })
    const opened = await open(run, id, waiting)
    attachment = opened.attachment
    life.signal.throwIfAborted()
    record.emit({ type: 'phase', phase: 'start' })
    await start(run, id)
    // Whoever gave up before the start was confirmed does not wait for what has hardly begun.
    const grace = life.signal.aborted ? 0 : (run.options.stopGrace ?? defaultStopGrace)
    record.emit({ type: 'started', container: id })
    record.emit({ type: 'phase', phase: 'run' })
    output.open(attachment)
    const input = feed(run, attachment)
    record.emit({ type: 'exited', exitCode: await watched(run, id, { ...opened, grace, waiting }) })
    input.stop()
    await output.finish(life.signal)
    await conclude(run, id)
  } finally {
    waiting.abort()
    attachment?.close()
  }
}

/** The exit status, with an eye on output that ends before it. */
async function watched(run: Run, id: string, end: Ending): Promise<number> {
  const { engine, output, record } = run
  const exited = new AbortController()
  let told = false
  const tell = (reason: string) => {
    if (!told) record.emit({ type: 'gap', reason })
    told = true
  }
  void watchLoss({ engine, id, ended: output.ended, exited: exited.signal, tell })
  void watchBreak({ exit: end.exit, exited: exited.signal, isWaiting: () => output.waiting, tell })
  try {
    return await ending(run, id, end)
  } finally {
    exited.abort()
  }
}

interface Opened {
  attachment: Attachment
  exit: Promise<{ StatusCode: number }>
}

async function open({ engine, options, life }: Run, id: string, waiting: AbortController): Promise<Opened> {
  const { tty = false, stdin } = options
  const giveUp = () => waiting.abort(life.signal.reason)
  // One of them refused: the other may never be answered.
  const fail = (error: unknown) => {
    waiting.abort(error)
    throw error
  }
  life.signal.addEventListener('abort', giveUp, { once: true })
  const [attached, waited] = await Promise.allSettled([
    engine.containers.attach(id, { tty, stdin: stdin !== undefined, signal: waiting.signal }).catch(fail),
    // Before the start, so that a container which ends at once is not missed.
    engine.containers.wait(id, { condition: 'next-exit', signal: waiting.signal }).catch(fail),
  ])
  life.signal.removeEventListener('abort', giveUp)
  if (attached.status === 'rejected') return unready(attached.reason)
  if (waited.status === 'fulfilled') return { attachment: attached.value, exit: waited.value.exit }
  attached.value.close()
  return unready(waited.reason)
}

// Podman makes the container's process when it is attached to, and tells there what Docker tells at the start.
const unready = refusedAs('start-failed', 'the container could not be attached to')

// Never aborted: a start that is under way may succeed, and then there is a container to end.
async function start({ engine, record }: Run, id: string): Promise<void> {
  try {
    await engine.containers.start(id)
  } catch (error) {
    if (error instanceof EngineError && error.code === 'status') {
      record.exitCode = await startStatus(engine, id)
    }
    refusedAs('start-failed', 'the container could not be started', startHint(record.exitCode))(error)
  }
}

// The Engine sets 126 or 127 on the container, as a shell would; its words differ from one version to the next.
async function startStatus(engine: Engine, id: string): Promise<number | null> {
  const { State } = await engine.containers.inspect(id).catch(() => ({ State: { ExitCode: 0 } }))
  return State.ExitCode === 126 || State.ExitCode === 127 ? State.ExitCode : null
}

function startHint(status: number | null): string {
  if (status === 127) return 'Is the command in the image, and in its PATH?'
  if (status === 126) return 'Is the command a file that may be executed?'
  return "Look at the options of the run, and at the Engine's log: `journalctl -u docker`."
}

/**
 * Sends the run's stdin to the container. A container that doesn't read, or has ended, is no failure; a source that fails
 * ends the run, for the container would take half of its input for all of it.
 */
function feed({ options: { stdin }, life }: Run, attachment: Attachment): { stop(): void } {
  if (stdin === undefined) return { stop() {} }
  const chunks = typeof stdin === 'string' || stdin instanceof Uint8Array ? [Buffer.from(stdin)] : stdin
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  let wanted = true
  const next = async () => {
    try {
      return await iterator.next()
    } catch (cause) {
      const failure = new Failure('cancelled', "the source of the container's stdin failed", { cause })
      if (wanted) life.end(failure)
      throw failure
    }
  }
  const pump = async () => {
    for (let piece = await next(); !piece.done; piece = await next()) await attachment.write(piece.value)
    attachment.closeInput()
  }
  pump().catch(() => undefined)
  const stop = () => {
    wanted = false
    Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
  return { stop }
}

interface Ending {
  exit: Opened['exit']
  /** Milliseconds from the stop signal to the kill. */
  grace: number
  waiting: AbortController
}

/** The exit status; a run that is cancelled or out of time has its container stopped first. */
async function ending(run: Run, id: string, { exit, grace, waiting: { signal } }: Ending): Promise<number> {
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

async function conclude({ engine, life, record }: Run, id: string): Promise<void> {
  const { exitCode } = record
  if (exitCode !== 0) record.oomKilled = await wasOutOfMemory(engine, id)
  if (life.signal.aborted) throw life.signal.reason
  if (exitCode === 0) return
  const why = record.oomKilled ? ', out of memory' : ''
  const hint = record.oomKilled ? 'Give it more memory, or let it use less.' : undefined
  throw new Failure('exit', `the container ended with status ${exitCode}${why}`, { hint })
}

async function wasOutOfMemory(engine: Engine, id: string): Promise<boolean> {
  const { State } = await engine.containers.inspect(id).catch(() => ({ State: { OOMKilled: false } }))
  return State.OOMKilled
}
