import type { Engine } from '../../engine/engine.ts'
import type { Service } from '../../engine/swarm-wire.ts'
import { ExecutionFailed } from '../execution.ts'
import { HoldfastError } from '../failure.ts'
import type { JobChunk } from '../output/output.ts'
import { EngineGrace } from '../retry.ts'
import { removeService } from '../swarm/remove.ts'
import { ServiceExecution } from '../swarm/service.ts'
import type { WatchContext } from '../swarm/task-watch.ts'
import { wantedOf } from '../swarm/verdict.ts'
import { isFinished } from './job-info.ts'
import { leftOptions } from './left-options.ts'
import { type LeftJob, leftResult } from './left-result.ts'
import { type LogOptions, missing } from './log.ts'
import { endOfTasks, firstError, serviceInfo, withTasks } from './services.ts'
import type { JobResult, WaitOptions } from './wait.ts'

function executionOf(
  engine: Engine,
  { ID, Spec }: Service,
  { engineGrace, onEvent: emit = () => undefined }: WaitOptions,
): ServiceExecution {
  const context: WatchContext = {
    engine,
    emit,
    grace: new EngineGrace(emit, engineGrace),
    options: { engineGrace },
  }
  const { skipExitCodes } = leftOptions(Spec.Labels ?? null)
  const wanted = wantedOf(Spec, skipExitCodes)
  return new ServiceExecution(context, { id: ID, filters: { service: [ID] }, wanted })
}

/** Resolves when the tasks of the service have ended. Rejects where one ended without an exit status. */
export async function waitForService(
  engine: Engine,
  service: Service,
  options: WaitOptions = {},
): Promise<JobResult> {
  const execution = executionOf(engine, service, options)
  const end = () => execution.close()
  options.signal?.addEventListener('abort', end, { once: true })
  try {
    await execution.open()
    const exitCode = await execution.wait().catch(error => {
      options.signal?.throwIfAborted()
      if (error instanceof ExecutionFailed && error.exitCode !== null) return error.exitCode
      throw error
    })
    const [job] = await withTasks(engine, [service], options.signal)
    const tasks = job?.tasks ?? []
    const { skipExitCodes, result } = leftOptions(service.Spec.Labels ?? null)
    const kind = exitCode === 0 ? 'ok' : skipExitCodes.includes(exitCode) ? 'skipped' : 'exit'
    const finishedAt = endOfTasks(tasks)
    return {
      container: service.ID,
      kind,
      exitCode,
      oomKilled: false,
      error: firstError(tasks),
      startedAt: service.CreatedAt,
      finishedAt: finishedAt === 0 ? null : new Date(finishedAt).toISOString(),
      result: await leftResult(leftJob(engine, service, options), result),
    }
  } finally {
    options.signal?.removeEventListener('abort', end)
    execution.close()
  }
}

function leftJob(
  engine: Engine,
  service: Service,
  { engineGrace, onEvent: emit = () => undefined, signal = new AbortController().signal }: WaitOptions,
): LeftJob {
  return {
    output: () => readServiceLog(engine, service, { engineGrace, onEvent: emit, signal }),
    // A run on a Swarm refuses the option.
    file: () => Promise.reject(new Error('the files of a task are on its node')),
    emit,
    signal,
  }
}

/** What the tasks of the service have printed; with `follow` what they print until their end, too. */
export async function* readServiceLog(
  engine: Engine,
  service: Service,
  { follow = false, ...options }: LogOptions = {},
): AsyncGenerator<JobChunk, void, undefined> {
  const { signal, onEvent: emit = () => undefined } = options
  const gaps: string[] = []
  const onEvent: LogOptions['onEvent'] = event => {
    if (event.type === 'gap') gaps.push(event.reason)
    emit(event)
  }
  const execution = executionOf(engine, service, { ...options, onEvent })
  const end = () => execution.close()
  signal?.addEventListener('abort', end, { once: true })
  try {
    const source = follow ? (await execution.open()).output : execution.printed()
    for (let pieces = await source.read(); pieces !== undefined; pieces = await source.read())
      for (const { stream, bytes } of pieces) if (stream !== 'systemerr') yield { stream, bytes }
  } finally {
    signal?.removeEventListener('abort', end)
    execution.close()
  }
  signal?.throwIfAborted()
  if (gaps.length > 0) throw missing(service.Spec.Name, gaps.join('; '))
}

/** Removes the service, its tasks with it; one that has not ended only with `force`. */
export async function removeServiceJob(
  engine: Engine,
  service: Service,
  { force, signal = new AbortController().signal }: { force: boolean; signal?: AbortSignal | undefined },
): Promise<void> {
  if (!force) {
    const [job] = await withTasks(engine, [service], signal)
    const { Name } = service.Spec
    if (job !== undefined && !isFinished(serviceInfo(job, [])))
      throw new HoldfastError('usage', `the job ${Name} has not ended`, {
        hint: `Remove it with \`holdfast rm -f ${Name}\`: its tasks are stopped.`,
      })
  }
  await removeService(engine, service.ID, signal)
}
