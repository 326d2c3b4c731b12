import type { Engine } from '../../engine/engine.ts'
import { isStatus } from '../../engine/error.ts'
import { followSkips } from '../container/state.ts'
import { ContainerStreams } from '../container/streams.ts'
import type { Emit } from '../events.ts'
import type { ExecutionState } from '../execution.ts'
import { asRefusal, HoldfastError } from '../failure.ts'
import type { JobChunk } from '../output/output.ts'
import { ResumingSource } from '../output/resume.ts'
import { EngineGrace, pauseFor } from '../retry.ts'
import { findJob } from './find.ts'

/** How to read what a job has printed. */
export interface LogOptions {
  /** Go on until the job ends. Default false. */
  follow?: boolean | undefined
  /** Milliseconds that an Engine which has answered before may stay away. Default 120,000. */
  engineGrace?: number | undefined
  /** Called when the Engine is away, and where output may be missing. */
  onEvent?: Emit | undefined
  /** Ends the reading. */
  signal?: AbortSignal | undefined
}

/** Milliseconds between two looks at a container that has yet to start. */
const pollInterval = 500

/**
 * What a job has printed. A lost connection is taken up again at the very byte. Throws at the end where something is
 * known to be missing.
 */
export async function* readLog(
  engine: Engine,
  job: string,
  { follow = false, engineGrace, onEvent: emit = () => undefined, ...given }: LogOptions = {},
): AsyncGenerator<JobChunk, void, undefined> {
  const { signal = new AbortController().signal } = given
  const grace = new EngineGrace(emit, engineGrace)
  const { Id: id } = await grace.untilAnswered(() => findJob(engine, job, { signal }), { signal })
  const inspect = () => grace.untilAnswered(() => engine.containers.inspect(id, { signal }), { signal })
  let { State, Config, HostConfig } = await inspect()
  // The log of a container that has yet to start ends at once.
  while (follow && State.Status === 'created') {
    await pauseFor(pollInterval, signal)
    ;({ State, Config, HostConfig } = await inspect())
  }
  const execution = new ForeignStreams({ engine, grace }, id, Config.Tty)
  const skips = follow && !Config.Tty && followSkips(HostConfig)
  const part = skips ? { follow: false, tail: 0 } : { follow }
  const log = await execution.log({ ...part, signal }).catch(error => {
    throw asRefusal(error, 'engine-error', `the output of ${job} can't be read`)
  })
  const gaps: string[] = []
  const onGap = (reason: string) => {
    gaps.push(reason)
    emit({ type: 'gap', reason })
  }
  const exited = follow ? new AbortController().signal : AbortSignal.abort()
  const source = new ResumingSource(
    log,
    {
      execution,
      grace,
      exited,
      onGap,
      onLost: delivered => emit({ type: 'interrupted', delivered }),
      onResumed: resumed => emit({ type: 'resumed', source: resumed }),
    },
    { isFinal: !follow, followSkips: skips },
  )
  const close = () => source.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    for (let pieces = await source.read(); pieces !== undefined; pieces = await source.read()) {
      for (const { stream, bytes } of pieces) {
        if (stream === 'systemerr') throw missing(job, `the Engine says: ${textOf(bytes)}`)
        // The source reads into the same memory again.
        yield { stream, bytes: Buffer.from(bytes) }
      }
    }
  } finally {
    signal.removeEventListener('abort', close)
    source.close()
  }
  signal.throwIfAborted()
  if (gaps.length > 0) throw missing(job, gaps.join('; '))
}

/** Those of a container that the run it belongs to may remove at any time. */
class ForeignStreams extends ContainerStreams {
  override async state(signal?: AbortSignal): Promise<ExecutionState> {
    return super.state(signal).catch(error => {
      if (!isStatus(error, 404)) throw error
      const unknown = { startedAt: undefined, finishedAt: undefined }
      return { phase: 'ended', oomKilled: false, ...unknown, logRotates: true }
    })
  }
}

/** The failure of a log that is known to miss something. */
export function missing(job: string, reason: string): HoldfastError {
  return new HoldfastError('engine-error', `the output of ${job} is not complete: ${reason}`)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8').trim()
}
