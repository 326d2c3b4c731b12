import { partOf } from '../engine/http/diagnostics.ts'
import { unlessAborted } from '../engine/http/signals.ts'
import { HeldSecrets } from '../redact/held.ts'
import { borrowEngine } from './borrow.ts'
import { checkRunOptions } from './check-options.ts'
import { cleanUp } from './clean-up.ts'
import { commandOf, hasTty } from './container/body.ts'
import { createContainer } from './container/create.ts'
import type { Emit } from './events.ts'
import type { Execution } from './execution.ts'
import { toFailure } from './failure.ts'
import type { Files } from './files/files.ts'
import type { FlightRecorder } from './flight-recorder.ts'
import { follow, startDetached } from './follow.ts'
import { newId } from './id.ts'
import { foundImage } from './image/found.ts'
import { type ImageRequest, makeLocal, restoreLocal } from './image/make-local.ts'
import { Job } from './job.ts'
import { claim } from './jobs/claim.ts'
import { isAdopted } from './jobs/followers.ts'
import { containerIdentity } from './jobs/identity.ts'
import { type LeaseShare, shareLease } from './jobs/lease.ts'
import { lifetime } from './lifetime.ts'
import type { RunOptions } from './options.ts'
import { type Outcome, RunError } from './outcome.ts'
import { OutcomeBuilder } from './outcome-builder.ts'
import { Output } from './output/output.ts'
import { publisher, publishOutcome } from './publish.ts'
import { parseReference } from './reference.ts'
import { EngineGrace } from './retry.ts'
import type { Run } from './run-state.ts'
import type { SecretFiles } from './secret-files.ts'
import { takeTurn } from './turn.ts'
import { copyFilesIn, openFiles, withFiles } from './with-files.ts'
import { withTmpDir } from './with-tmp-dir.ts'

/**
 * Runs a container as a job. The result is awaited for its {@link Outcome}, iterated for its lines, or both. A job runs
 * to its end, and its container is removed, whether or not the result is used.
 *
 * A run that fails rejects with a {@link RunError}, unless `reject` is false.
 *
 * @example
 * ```ts
 * import { RunError, run } from 'holdfast'
 *
 * try {
 *   const { exitCode, stdout } = await run({ image: 'alpine:3.22', command: ['date'] })
 *   console.log(exitCode, stdout)
 * } catch (error) {
 *   if (error instanceof RunError) console.error(error.kind, error.hint)
 * }
 * ```
 */
export function run(options: RunOptions): Job {
  const id = newId()
  const { emit, rethrow } = publisher(id, options.onEvent)
  const record = new OutcomeBuilder(emit, { id, command: commandOf(options) })
  const output = new Output(options.capture ?? 1024 * 1024, hasTty(options), reason =>
    record.emit({ type: 'gap', reason }),
  )
  const { engine, release } = borrowEngine(options, message => record.emit({ type: 'warning', message }))
  const grace = new EngineGrace(record.emit, options.engineGrace)
  // Not at once: a listener may use the job that this call has yet to return.
  const outcome = Promise.resolve()
    .then(() => partOf(id, () => perform({ id, engine, options, emit: record.emit, grace, record, output })))
    .finally(release)
    .finally(rethrow)
  return new Job(outcome, output, record)
}

async function perform(
  parts: Omit<Run, 'signal' | 'overdue' | 'end' | 'secrets' | 'secretFiles' | 'tmpDir' | 'name' | 'labels'>,
): Promise<Outcome> {
  const { id, options, record, output } = parts
  let cause: unknown
  let flight: FlightRecorder | undefined
  using secrets = new HeldSecrets()
  using containerSecrets = new HeldSecrets()
  const emit: Emit = event => {
    // The Engine has done with the image: nothing that it says from now on comes from the pull.
    if (event.type === 'started') secrets[Symbol.dispose]()
    parts.emit(event)
  }
  try {
    checkRunOptions(options)
    using life = lifetime(options.signal, options.timeout)
    if (options.recordFailure !== undefined)
      flight = await flightRecorder(options.recordFailure, parts, life.signal)
    record.engine = flight?.address ?? null
    const { engine } = flight ?? parts
    const identity = await containerIdentity(options, id)
    const secretFiles = options.secrets && (await secretsOf(options.secrets, containerSecrets, life.signal))
    const { signal, overdue, end } = life
    await withTmpDir(parts, tmpDir =>
      runSteps({ ...parts, emit, engine, ...identity, secrets, secretFiles, tmpDir, signal, overdue, end }),
    )
  } catch (error) {
    const failure = toFailure(error)
    record.failure = failure
    cause = failure.cause
    record.emit({ type: 'failed', failure: failure.report() })
  } finally {
    output.close()
    record.apiVersion = (flight ?? parts).engine.knownApiVersion ?? null
    await flight?.end(record)
  }
  const outcome = record.outcome(output)
  publishOutcome({ id, outcome })
  if (outcome.failure === null || options.reject === false) return outcome
  throw new RunError({ ...outcome, failure: outcome.failure }, cause)
}

/** The secrets of the container. No message of the run shows them. */
async function secretsOf(
  secrets: NonNullable<RunOptions['secrets']>,
  held: HeldSecrets,
  signal: AbortSignal,
): Promise<SecretFiles | undefined> {
  if (Object.keys(secrets).length === 0) return undefined
  const { readSecrets, secretTexts } = await import('./files/read-secrets.ts')
  const files = await readSecrets(secrets, signal)
  if (files !== undefined) held.hold(secretTexts(files))
  return files
}

async function flightRecorder(
  file: string,
  { options: { config }, engine, grace }: Pick<Run, 'options' | 'engine' | 'grace'>,
  signal: AbortSignal,
): Promise<FlightRecorder> {
  const { checkReachable, openFlightRecorder } = await import('./flight-recorder.ts')
  const reached = () => grace.untilAnswered(() => unlessAborted(checkReachable(engine), signal), { signal })
  return openFlightRecorder({ file, config }, engine, reached)
}

async function runSteps(run: Run): Promise<void> {
  using _ = await takeTurn(run.signal, run.emit)
  await using files = await openFiles(run.options)
  run.signal.throwIfAborted()
  run.record.engine ??= await unlessAborted(run.engine.address(), run.signal)
  const share = shareLease(run.engine, run.id)
  try {
    const execution = await claimOrCreate(run, share)
    if (run.options.detach) await startDetachedRun(run, execution, files)
    else await followAndCleanUp(run, execution, files, share)
  } finally {
    await share.release()
  }
}

async function claimOrCreate(run: Run, share: LeaseShare): Promise<Execution> {
  const { options, record } = run
  const request = imageRequest(run)
  const create = async () => {
    record.image = await makeLocal(request)
    const created = await createContainer(run, async missing => {
      record.image = await restoreLocal(request, missing)
    })
    record.emit({ type: 'created', container: created.id, name: run.name ?? null })
    return created
  }
  if (options.swarm !== undefined) {
    const { claimService } = await import('./jobs/claim-service.ts')
    const { execution, claim } = await claimService(run, share, () => makeLocal(imageRequest(run)))
    if (options.job !== undefined) record.job = { key: options.job, claim }
    return execution
  }
  if (options.job === undefined) return create()
  const claimed = await claim(run, options.job, share, create)
  record.job = { key: options.job, claim: claimed.claim }
  if (claimed.image !== undefined) record.image = await foundImage(request, claimed.image)
  return claimed.execution
}

async function startDetachedRun(run: Run, execution: Execution, files: Files | undefined): Promise<void> {
  try {
    await copyFilesIn(run, execution, files)
    await startDetached(run, execution)
  } catch (error) {
    await cleanUp(run, execution)
    throw error
  }
}

async function followAndCleanUp(
  run: Run,
  execution: Execution,
  files: Files | undefined,
  share: LeaseShare,
): Promise<void> {
  try {
    if (files === undefined) await follow(run, execution)
    else await withFiles(run, execution, files, () => follow(run, execution))
    run.record.succeeded = true
  } finally {
    // Of several runs that follow one container the last one to release its share removes it.
    await share.release()
    const mayBeShared = run.options.job !== undefined && run.record.mayRun
    if (!(mayBeShared && (await isAdopted(run, execution.id)))) await cleanUp(run, execution)
  }
}

function imageRequest({ engine, options, signal, emit, grace, secrets }: Run): ImageRequest {
  const { image, pull: policy = 'missing' } = options
  return { engine, reference: parseReference(image), policy, options, signal, emit, grace, secrets }
}
