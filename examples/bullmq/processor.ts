import { type Job, UnrecoverableError } from 'bullmq'
import { type FailureKind, RunError, run } from 'holdfast'

export interface Batch {
  image: string
  command?: string[]
}

/** Kinds of failure that a retry would meet again: BullMQ does not retry them. */
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

/**
 * Runs the container of a queue's job, and copies its output to the job's log.
 *
 * The key is made from the job's id. A job that BullMQ calls stalled, since its worker was killed, is given to another
 * worker, which follows the container that is still running.
 */
export async function processBatch(
  job: Pick<Job<Batch>, 'id' | 'queueName' | 'data' | 'log'>,
  _token?: string,
  signal?: AbortSignal,
) {
  const { image, command } = job.data
  const container = run({ job: `bullmq-${job.queueName}-${job.id}`, image, command, signal })
  try {
    for await (const { lines } of container.batches()) await job.log(lines.join('\n'))
    const { exitCode, duration, image } = await container
    return { exitCode, duration, digest: image?.digest ?? null }
  } catch (error) {
    if (error instanceof RunError && (permanent.has(error.kind) || signal?.aborted)) {
      throw new UnrecoverableError(`${error.kind}: ${error.message}`)
    }
    throw error
  }
}
