import { ApplicationFailure, Context } from '@temporalio/activity'
import { type FailureKind, RunError, type RunOptions, run } from 'holdfast'

/** Kinds of failure that the same activity meets again. */
const permanent: ReadonlySet<FailureKind> = new Set([
  'usage',
  'image-missing',
  'image-mismatch',
  'registry-denied',
  'registry-not-found',
  'create-failed',
  'start-failed',
  'job-conflict',
])

export type Batch = Pick<RunOptions, 'image' | 'command' | 'env' | 'memory'>

/**
 * An activity that runs a container. The key is the same for each attempt: when a worker dies, the next attempt follows the
 * container that is still running. Give the activity a heartbeat timeout, by which Temporal notices a dead worker and
 * delivers a cancellation.
 */
export async function runBatch(batch: Batch) {
  const context = Context.current()
  const { info, cancellationSignal: signal } = context
  const key = `temporal-${info.workflowExecution?.runId}-${info.activityId}`
  const job = run({ ...batch, job: key, signal })
  const beat = setInterval(() => context.heartbeat(), 5_000)
  try {
    for await (const { stream, text } of job) context.log.info(text, { stream })
    const { exitCode, duration, image } = await job
    return { exitCode, duration, digest: image?.digest ?? null }
  } catch (error) {
    // A cancelled activity ends with the reason of its cancellation, a CancelledFailure.
    signal.throwIfAborted()
    if (!(error instanceof RunError)) throw error
    throw ApplicationFailure.create({
      type: error.kind,
      message: error.message,
      nonRetryable: permanent.has(error.kind),
      details: [{ exitCode: error.exitCode, hint: error.hint ?? null }],
      cause: error,
    })
  } finally {
    clearInterval(beat)
  }
}
