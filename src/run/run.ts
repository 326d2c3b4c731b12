import { borrowEngine } from './borrow.ts'
import { checkRunOptions } from './check-options.ts'
import { cleanUp } from './clean-up.ts'
import { hasTty } from './container/body.ts'
import { createContainer } from './container/create.ts'
import { toFailure } from './failure.ts'
import { follow } from './follow.ts'
import { type ImageRequest, makeLocal, restoreLocal } from './image/make-local.ts'
import { Job } from './job.ts'
import { lifetime } from './lifetime.ts'
import type { RunOptions } from './options.ts'
import { type Outcome, RunError } from './outcome.ts'
import { OutcomeBuilder } from './outcome-builder.ts'
import { Output } from './output/output.ts'
import { publisher } from './publish.ts'
import { parseReference } from './reference.ts'
import { EngineGrace } from './retry.ts'
import type { Run } from './run-state.ts'
import { openFiles, withFiles } from './with-files.ts'

/**
 * Runs a container as a job. The result is awaited for its {@link Outcome}, iterated for its lines, or both. A job runs
 * to its end, and its container is removed, whether or not the result is used.
 *
 * A run that fails rejects with a {@link RunError}, unless `reject` is false.
 */
export function run(options: RunOptions): Job {
  const id = crypto.randomUUID()
  const { emit, rethrow } = publisher(id, options.onEvent)
  const record = new OutcomeBuilder(emit)
  const output = new Output(options.capture ?? 1024 * 1024, hasTty(options), reason =>
    record.emit({ type: 'gap', reason }),
  )
  const { engine, release } = borrowEngine(options, message => record.emit({ type: 'warning', message }))
  const grace = new EngineGrace(record.emit)
  // Not at once: a listener may use the job that this call has yet to return.
  const outcome = Promise.resolve()
    .then(() => perform({ id, engine, options, emit: record.emit, grace, record, output }))
    .finally(release)
    .finally(rethrow)
  return new Job(outcome, output, record)
}

async function perform(parts: Omit<Run, 'signal' | 'end'>): Promise<Outcome> {
  const { options, record, output } = parts
  let cause: unknown
  try {
    checkRunOptions(options)
    using life = lifetime(options.signal, options.timeout)
    await steps({ ...parts, signal: life.signal, end: life.end })
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

async function steps(run: Run): Promise<void> {
  const { record } = run
  await using files = await openFiles(run.options)
  const request = imageRequest(run)
  run.signal.throwIfAborted()
  record.image = await makeLocal(request)
  const execution = await createContainer(run, async missing => {
    record.image = await restoreLocal(request, missing)
  })
  record.emit({ type: 'created', container: execution.id })
  try {
    await withFiles(run, execution, files, () => follow(run, execution))
    record.succeeded = true
  } finally {
    await cleanUp(run, execution)
  }
}

function imageRequest({ engine, options, signal, emit, grace }: Run): ImageRequest {
  const { image, pull: policy = 'missing' } = options
  return { engine, reference: parseReference(image), policy, options, signal, emit, grace }
}
