import type { Engine } from '../../engine/engine.ts'
import { EngineError } from '../../engine/error.ts'
import type { Attachment } from '../../engine/streams/attach.ts'
import { refusedAs } from '../failure.ts'
import type { Run } from '../run-state.ts'

/** A container that is attached to, and waited for. */
export interface Opened {
  attachment: Attachment
  exit: Promise<{ StatusCode: number }>
}

// Ctrl-P Ctrl-Q would end the attachment and leave the container: a job is not left. The Engine takes no "none".
const neverTyped = 'ctrl-@,ctrl-^,ctrl-@,ctrl-_,ctrl-@'

/** Attaches to a created container and begins to wait for its exit, both at once, before it is started. */
export async function openContainer(
  { engine, options, record, life }: Run,
  id: string,
  waiting: AbortController,
): Promise<Opened> {
  const { tty = false, stdin } = options
  const typed = tty && stdin !== undefined ? { detachKeys: neverTyped } : {}
  const giveUp = () => waiting.abort(life.signal.reason)
  // One of them refused: the other may never be answered.
  const fail = (error: unknown) => {
    waiting.abort(error)
    throw error
  }
  life.signal.addEventListener('abort', giveUp, { once: true })
  const [attached, waited] = await Promise.allSettled([
    engine.containers
      .attach(id, { tty, stdin: stdin !== undefined, ...typed, signal: waiting.signal })
      .catch(fail),
    // Before the start, so that a container which ends at once is not missed.
    engine.containers.wait(id, { condition: 'next-exit', signal: waiting.signal }).catch(fail),
  ])
  life.signal.removeEventListener('abort', giveUp)
  if (attached.status === 'rejected') return refused(engine, id, record, attached.reason)
  if (waited.status === 'fulfilled') return { attachment: attached.value, exit: waited.value.exit }
  attached.value.close()
  return refused(engine, id, record, waited.reason)
}

// Never aborted: a start that is under way may succeed, and then there is a container to end.
export async function startContainer({ engine, record }: Run, id: string): Promise<void> {
  await engine.containers.start(id).catch(error => refused(engine, id, record, error))
}

// Podman makes the container's process when it is attached to, and says there what Docker says at the start.
async function refused(engine: Engine, id: string, record: Run['record'], error: unknown): Promise<never> {
  if (error instanceof EngineError && error.code === 'status') {
    record.exitCode = await startStatus(engine, id, error.engineMessage ?? '')
  }
  return refusedAs('start-failed', 'the container could not be started', hintFor(record.exitCode))(error)
}

// Docker sets 126 or 127 on the container, as a shell would; Podman only says why, in the words of runc or crun.
async function startStatus(engine: Engine, id: string, engineMessage: string): Promise<number | null> {
  const { State } = await engine.containers.inspect(id).catch(() => ({ State: { ExitCode: 0 } }))
  if (State.ExitCode === 126 || State.ExitCode === 127) return State.ExitCode
  if (!/OCI (runtime|permission)/.test(engineMessage)) return null
  if (
    /executable file .* not found|no such file or directory|command that was not found/i.test(engineMessage)
  )
    return 127
  return /permission denied|is a directory/i.test(engineMessage) ? 126 : null
}

function hintFor(status: number | null): string {
  if (status === 127) return 'Is the command in the image, and in its PATH?'
  if (status === 126) return 'Is the command a file that may be executed?'
  return "Look at the options of the run (user, mounts, network), then at the Engine's log: `journalctl -u docker`."
}
