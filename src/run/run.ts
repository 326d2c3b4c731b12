import { borrowEngine } from './borrow.ts'
import { checkRunOptions } from './check-options.ts'
import { createContainer } from './container/create.ts'
import { runContainer } from './container/follow.ts'
import { removeContainer } from './container/remove.ts'
import { toFailure } from './failure.ts'
import { newId } from './id.ts'
import { type ImageRequest, makeLocal } from './image/make-local.ts'
import { Job } from './job.ts'
import { lifetime } from './lifetime.ts'
import type { RunOptions } from './options.ts'
import { type Outcome, RunError } from './outcome.ts'
import { OutcomeBuilder } from './outcome-builder.ts'
import { Output } from './output/output.ts'
import { publisher } from './publish.ts'
import { parseReference } from './reference.ts'
import type { Run } from './run-state.ts'

/**
 * Runs a container as a job. The result is awaited for its {@link Outcome}, iterated for its lines, or both; until one
 * of them is done, the container waits for its reader as soon as the pipe between them is full.
 *
 * A run that fails rejects with a {@link RunError}, unless `reject` is false.
 */
export function run(options: RunOptions): Job {
  const id = newId()
  const { emit, rethrow } = publisher(id, options.onEvent)
  const record = new OutcomeBuilder(emit)
  const output = new Output(options.capture ?? 1024 * 1024, options.tty ?? false, reason =>
    record.emit({ type: 'gap', reason }),
  )
  const { engine, release } = borrowEngine(options)
  // Not at once: a listener may use the job that this call has yet to return.
  const outcome = Promise.resolve()
    .then(() => perform({ engine, options, record, output }, id))
    .finally(release)
    .finally(rethrow)
  return new Job(engine, output, outcome, record)
}

async function perform(parts: Omit<Run, 'life'>, id: string): Promise<Outcome> {
  const { options, record, output } = parts
  let cause: unknown
  try {
    checkRunOptions(options)
    using life = lifetime(options.signal, options.timeout)
    await steps({ ...parts, life }, id)
  } catch (error) {
    const failure = toFailure(error)
    record.failure = failure
    cause = failure.cause
    record.emit({ type: 'failed', failure: failure.report() })
  } finally {
    output.close()
  }
  const outcome = record.outcome(output)
  if (outcome.failure === null || options.reject === false) return outcome
  throw new RunError({ ...outcome, failure: outcome.failure }, cause)
}

async function steps(run: Run, id: string): Promise<void> {
  const { record } = run
  const request = imageRequest(run)
  run.life.signal.throwIfAborted()
  record.image = await makeLocal(request)
  const container = await createContainer(run, request, id)
  record.emit({ type: 'created', container })
  try {
    await runContainer(run, container)
  } finally {
    await removeContainer(run, container)
  }
}

function imageRequest({ engine, options, record, life }: Run): ImageRequest {
  return {
    engine,
    reference: parseReference(options.image),
    policy: options.pull ?? 'missing',
    options,
    signal: life.signal,
    emit: record.emit,
  }
}
