import type { RunEvent } from '../../run/events.ts'
import { type FailureKind, type FailureReport, toFailure } from '../../run/failure.ts'
import { pull } from '../../run/image/pull.ts'
import { mapLimit } from '../../run/map-limit.ts'
import type { ImageOptions } from '../../run/options.ts'
import { type RegistryFacts, registryFacts } from '../../run/outcome.ts'
import { explainFailure } from '../explain.ts'
import type { Progress } from '../terminal/progress/progress.ts'

/** What became of one image. */
export interface PullReport {
  /** As it was named. */
  image: string
  ok: boolean
  kind: 'ok' | FailureKind
  /** The local id; null when it was not pulled, as are `digest` and `platform`. */
  id: string | null
  digest: string | null
  platform: string | null
  registry: RegistryFacts
  /** Milliseconds from when its turn came. */
  duration: number
  failure: FailureReport | null
}

/** How a {@link pullAll} goes. */
export interface PullPlan {
  options: ImageOptions & { signal: AbortSignal }
  parallel: number
  progress: Progress
}

/** Pulls all images, in their order and `parallel` at a time; a failure is told when it happens, and once. */
export async function pullAll(images: readonly string[], plan: PullPlan): Promise<PullReport[]> {
  const { options, parallel, progress } = plan
  const told = new Set<string>()
  const reports = await Promise.all(
    mapLimit(images, parallel, async image => {
      const report = await pullOne(image, plan)
      if (report.failure !== null && !options.signal.aborted) tellOnce(report.failure, told, progress)
      return report
    }),
  )
  const failed = reports.filter(({ ok }) => !ok)
  if (failed.length > 0 && images.length > 1) {
    const names = failed.map(({ image }) => image).join(' ')
    progress.say(`${failed.length} of ${images.length} images were not pulled: ${names}`)
  }
  return reports
}

// Forty images meet the same Engine that is gone, or the same helper that is broken.
function tellOnce(failure: FailureReport, told: Set<string>, progress: Progress): void {
  const lines = explainFailure(failure)
  const text = lines.join('\n')
  if (!told.has(text)) progress.say(...lines)
  told.add(text)
}

async function pullOne(image: string, { options, progress }: PullPlan): Promise<PullReport> {
  const start = performance.now()
  const duration = () => Math.round(performance.now() - start)
  let registry: RegistryFacts = { contacted: false }
  const onEvent = (event: RunEvent) => {
    if (event.type === 'pull') registry = registryFacts(event)
    progress.onEvent(event)
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
    const failure = toFailure(error).report()
    const none = { id: null, digest: null, platform: null }
    return { image, ok: false, kind: failure.kind, ...none, registry, duration: duration(), failure }
  } finally {
    progress.over(image)
  }
}
