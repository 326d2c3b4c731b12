import type { RunEvent } from '../../run/events.ts'
import { type FailureKind, type FailureReport, toFailure } from '../../run/failure.ts'
import { pull } from '../../run/image/pull.ts'
import { mapLimit } from '../../run/map-limit.ts'
import type { ImageOptions } from '../../run/options.ts'
import { type RegistryFacts, registryFactsAfter } from '../../run/outcome.ts'
import { explainFailure } from '../explain.ts'
import { inFlags } from '../flag-names.ts'
import type { Progress } from '../terminal/progress/progress.ts'

/** The result for one image. */
export interface PullReport {
  /** As it was named. */
  image: string
  /** It is local now. */
  ok: boolean
  /** `ok`, or why it is not. */
  kind: 'ok' | FailureKind
  /** The local id; null when the pull failed, as are `digest` and `platform`. */
  id: string | null
  /** The digest of the manifest. */
  digest: string | null
  /** `os/arch[/variant]`. */
  platform: string | null
  /** Whether a registry was contacted. If it was, the other fields are there. */
  registry: RegistryFacts
  /** Milliseconds of this pull, without the time in the queue. */
  duration: number
  /** Null when `ok`. */
  failure: FailureReport | null
}

/** Options of {@link pullAll}. */
export interface PullPlan {
  options: ImageOptions & { signal: AbortSignal }
  parallel: number
  progress: Progress
  /** The Engine's name in what is printed, where there are several. */
  host?: string
}

/** Pulls all images, in their order and `parallel` at a time; each failure is printed when it happens, and once. */
export async function pullAll(images: readonly string[], plan: PullPlan): Promise<PullReport[]> {
  const { options, parallel, progress, host } = plan
  const printed = new Set<string>()
  const reports = await Promise.all(
    mapLimit(images, parallel, async image => {
      const report = await pullOne(image, plan)
      if (report.failure !== null && !options.signal.aborted) printOnce(report.failure, printed, progress)
      return report
    }),
  )
  const failed = reports.filter(({ ok }) => !ok)
  if (failed.length > 0 && images.length > 1) {
    const names = failed.map(({ image }) => image).join(' ')
    progress.say(`${failed.length} of ${images.length} images were not pulled${on(host)}: ${names}`)
  }
  return reports
}

// Many images fail for the same reason: an unreachable Engine, a broken helper.
function printOnce(failure: FailureReport, printed: Set<string>, progress: Progress): void {
  const lines = explainFailure(failure)
  const text = lines.join('\n')
  if (!printed.has(text)) progress.complain(lines, failure.kind)
  printed.add(text)
}

function on(host: string | undefined): string {
  return host === undefined ? '' : ` on ${host}`
}

async function pullOne(image: string, { options, progress, host }: PullPlan): Promise<PullReport> {
  const start = performance.now()
  const duration = () => Math.round(performance.now() - start)
  let registry: RegistryFacts = { contacted: false }
  const onEvent = (event: RunEvent) => {
    registry = registryFactsAfter(registry, event)
    progress.onEvent('image' in event ? { ...event, image: event.image + on(host) } : event)
  }
  try {
    const { id, digest, platform } = (await pull({ ...options, image, onEvent })).image
    return {
      image,
      ok: true,
      kind: 'ok',
      id,
      digest,
      platform,
      registry,
      duration: duration(),
      failure: null,
    }
  } catch (error) {
    const failure = inFlags(toFailure(error).report())
    const none = { id: null, digest: null, platform: null }
    return { image, ok: false, kind: failure.kind, ...none, registry, duration: duration(), failure }
  } finally {
    progress.over(image + on(host))
  }
}
