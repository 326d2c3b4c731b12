import { lookUpRegistryAuth, type RegistryAuth } from '../../auth/lookup.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Progress } from '../../engine/wire.ts'
import type { HeldSecrets } from '../../redact/held.ts'
import { registryAuthSecrets } from '../../redact/registry-auth.ts'
import type { Emit, PullReason } from '../events.ts'
import { HoldfastError } from '../failure.ts'
import type { ImageOptions } from '../options.ts'
import type { ImageName } from '../reference.ts'
import { type EngineGrace, pauseFor } from '../retry.ts'
import { pullFailure } from './pull-failure.ts'
import { pauseBefore, tries } from './pull-retry.ts'

/** What a pull needs to know. */
export interface PullRequest {
  engine: Engine
  reference: ImageName
  reason: PullReason
  options: Pick<ImageOptions, 'platform' | 'credentials' | 'config' | 'breaker'>
  signal: AbortSignal
  emit: Emit
  /** How long the pull is asked for again where its answer is lost. */
  grace: EngineGrace
  /** Holds the pull's secrets for as long as the run, or the pull, goes on. */
  secrets: Pick<HeldSecrets, 'hold'>
}

/** How a pull ended. */
export interface PullEnd {
  /** The stream reported success. False: it ended without that, and a proxy may have cut it. */
  concluded: boolean
}

/**
 * Pulls an image, with credentials looked up now and for this pull only. Retries after an outage of the registry, never after
 * a refusal. A pull whose answer is lost is asked for again: the Engine goes on with what it has.
 */
export async function pullImage(request: PullRequest): Promise<PullEnd> {
  const { reference, reason, signal, emit, grace } = request
  const { domain: registry, text: image } = reference
  emit({ type: 'phase', phase: 'credentials' })
  const auth = await findCredentials(request)
  if (auth.header !== undefined) request.secrets.hold(registryAuthSecrets(auth.header.reveal()))
  emit({ type: 'phase', phase: 'pull' })
  emit({ type: 'pull', image, registry, reason, credentials: auth.source, shared: false })
  for (let attempt = 1; ; attempt++) {
    try {
      return await grace.untilAnswered(() => pullOnce(request, auth), { signal })
    } catch (error) {
      const failure = pullFailure(error, reference, auth)
      if (!isOutage(failure) || attempt === tries) throw failure
      const pause = pauseBefore(attempt + 1)
      const next = { attempt: attempt + 1, attempts: tries, delay: pause }
      emit({ type: 'retry', image, ...next, failure: failure.report() })
      await pauseFor(pause, signal)
    }
  }
}

async function findCredentials({ reference, options, signal, emit }: PullRequest): Promise<RegistryAuth> {
  const { domain: registry, path: repository } = reference
  const { credentials, config } = options
  const auth = await lookUpRegistryAuth({ registry, repository, credentials, config, signal })
  // A public image needs no credentials.
  if (auth.broken !== undefined) {
    const message = `${auth.broken.message}; pulling ${auth.header ? `with those of ${auth.source}` : 'without credentials'}`
    emit({ type: 'warning', message })
  }
  return auth
}

async function pullOnce({ engine, reference, options, signal, emit }: PullRequest, auth: RegistryAuth) {
  const { text: image, fromImage, pullTag: tag } = reference
  const { platform } = options
  const registryAuth = auth.header?.reveal()
  let docker = false
  let concluded = false
  const onProgress = (step: Progress) => {
    emitProgress(step, image, emit)
    const { status } = step
    if (status === undefined) return
    docker ||= status.startsWith('Pulling from ')
    concluded = docker ? concluded || dockersSuccess.test(status) : podmansSuccess.test(status)
  }
  await engine.images.pull({ fromImage, tag, platform, registryAuth, onProgress, signal })
  return { concluded }
}

// Docker reports the status of the image, and may print a warning after it. Podman ends with the status of a layer, which
// Docker reports of each layer before that.
const dockersSuccess = /^(Status|Digest): /
const podmansSuccess = /^((Status|Digest): |Download complete|Already exists)/

function isOutage(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && error.kind === 'registry-outage'
}

function emitProgress({ id, status, progressDetail }: Progress, image: string, emit: Emit): void {
  if (status === undefined) return
  const { current, total } = progressDetail ?? {}
  emit({
    type: 'progress',
    image,
    status,
    ...(id !== undefined && { id }),
    ...(current !== undefined && { current }),
    ...(total !== undefined && { total }),
  })
}
