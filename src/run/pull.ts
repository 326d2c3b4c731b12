import type { Credentials, CredentialsLookup } from '../auth/credentials.ts'
import { lookUpRegistryAuth } from '../auth/lookup.ts'
import type { Engine } from '../engine/engine.ts'
import type { Progress } from '../engine/wire.ts'
import type { Emit, PullReason } from './events.ts'
import { pullFailure } from './pull-failure.ts'
import type { ImageName } from './reference.ts'

/** What a pull needs to know. */
export interface PullRequest {
  engine: Engine
  reference: ImageName
  reason: PullReason
  platform: string | undefined
  credentials: Credentials | CredentialsLookup | undefined
  config: string | undefined
  signal: AbortSignal
  emit: Emit
}

/**
 * Pulls an image, with credentials looked up now and for this pull only. Tells whether the Engine's last word was one of
 * success: a stream that ends well without it may have been cut by what is between us.
 */
export async function pullImage(request: PullRequest): Promise<{ concluded: boolean }> {
  const { engine, reference, reason, platform, credentials, config, signal, emit } = request
  const { domain: registry, text: image, fromImage, pullTag: tag } = reference
  emit({ type: 'phase', phase: 'credentials' })
  const auth = await lookUpRegistryAuth({ registry, credentials, config, signal })
  emit({ type: 'phase', phase: 'pull' })
  emit({ type: 'pull', image, registry, reason, credentials: auth.source })
  try {
    const steps = await engine.images.pull({
      fromImage,
      tag,
      platform,
      registryAuth: auth.header?.reveal(),
      signal,
    })
    let last = ''
    for await (const step of steps) {
      last = step.status ?? last
      tell(step, image, emit)
    }
    return { concluded: success.test(last) }
  } catch (error) {
    throw pullFailure(error, reference, auth.source)
  }
}

// Docker ends with the status of the image, Podman with that of its last layer.
const success = /^(Status: |Digest: |Download complete|Already exists)/

function tell({ id, status, progressDetail }: Progress, image: string, emit: Emit): void {
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
