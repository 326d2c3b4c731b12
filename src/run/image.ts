import type { Engine } from '../engine/engine.ts'
import type { ImageInspect } from '../engine/wire.ts'
import type { Emit, PullReason, RunEvent } from './events.ts'
import { Failure } from './failure.ts'
import { findLocal, type Local, platformOf } from './local.ts'
import type { ImageOptions, PullPolicy } from './options.ts'
import { platformText } from './platform.ts'
import { pullImage } from './pull.ts'
import type { Reference } from './reference.ts'

/** The image that a run used. */
export interface ImageFacts {
  /** As it was asked for. */
  reference: string
  /** The local id. */
  id: string
  /** The manifest's digest in its registry; null for an image that was never pulled or pushed. */
  digest: string | null
  /** `os/arch[/variant]`. */
  platform: string
  /** When it was built, in ISO 8601; null when it does not tell. */
  created: string | null
}

/** Whether a registry was asked, and why. */
export type RegistryFacts =
  | { contacted: false }
  | {
      contacted: true
      registry: string
      reason: PullReason
      /** Where the credentials came from. */
      credentials: string
    }

/** What the event of a pull tells of the registry: a pull that failed has asked, too. */
export function registryFacts({ registry, reason, credentials }: RunEvent & { type: 'pull' }): RegistryFacts {
  return { contacted: true, registry, reason, credentials }
}

/** What it takes to make an image local. */
export interface ImageRequest {
  engine: Engine
  reference: Reference
  policy: PullPolicy
  options: Pick<ImageOptions, 'platform' | 'credentials' | 'config'>
  signal: AbortSignal
  emit: Emit
}

/** Makes sure that the image is on the Engine and the right one, as the policy says; asks a registry only when it must. */
export async function makeLocal(request: ImageRequest): Promise<ImageFacts> {
  const image = facts(request.reference, await rightImage(request))
  const { id, digest, platform } = image
  request.emit({ type: 'image', id, digest, platform })
  return image
}

async function rightImage(request: ImageRequest): Promise<ImageInspect> {
  const { reference, policy } = request
  const local = await look(request)
  if (reference.kind === 'id') return rightOr(local, reference, 'An id is never pulled.')
  if (local.state === 'right' && policy !== 'always') return local.image
  if (policy === 'never') return rightOr(local, reference, 'The pull policy is never: pull it first.')
  const { concluded } = await pullAgain(request, reasonOf(local)).catch(error => {
    throw local.state === 'wrong' ? withFound(error, local.found) : error
  })
  const hint = 'The pull succeeded; something removed or replaced it since.'
  const pulled = rightOr(await look(request), reference, hint)
  const unchanged = local.state === 'right' && local.image.Id === pulled.Id
  if (unchanged && !concluded) throw unconcluded(reference)
  return pulled
}

// The image is the one that was there before: nothing shows that the registry has said it is still the right one.
function unconcluded({ text }: Reference): Failure {
  const hint =
    "What is between here and the Engine may have cut the answer. See the Engine's log: `journalctl -u docker`."
  return new Failure('pull-failed', `${text} could not be pulled: the pull ended without a word of success`, {
    hint,
  })
}

// Whoever reads that the registry is down wants to know why it was asked.
function withFound(error: unknown, found: string): unknown {
  if (!(error instanceof Failure)) return error
  const { kind, message, words, hint = '' } = error
  return new Failure(kind, message, {
    words,
    hint: `On the Engine there is one for ${found}. ${hint}`,
    cause: error.cause,
  })
}

function reasonOf(local: Local): PullReason {
  if (local.state === 'right') return 'always'
  return local.state === 'wrong' ? 'mismatch' : 'missing'
}

/** Pulls, whatever is local. */
export async function pullAgain(request: ImageRequest, reason: PullReason): Promise<{ concluded: boolean }> {
  const { engine, reference, options, signal, emit } = request
  if (reference.kind === 'id')
    throw new Failure('image-missing', `the image ${reference.id} is not on the Engine`)
  const { platform, credentials, config } = options
  return pullImage({ engine, reference, reason, platform, credentials, config, signal, emit })
}

function look({ engine, reference, options, signal, emit }: ImageRequest): Promise<Local> {
  emit({ type: 'phase', phase: 'inspect' })
  return findLocal(engine, reference, options.platform, signal)
}

function rightOr(local: Local, { text }: Reference, hint: string): ImageInspect {
  if (local.state === 'right') return local.image
  if (local.state === 'absent')
    throw new Failure('image-missing', `the image ${text} is not on the Engine`, { hint })
  throw new Failure(
    'image-mismatch',
    `the image ${text} on the Engine is ${local.found}, which is not what was asked for`,
    { hint },
  )
}

function facts(reference: Reference, image: ImageInspect): ImageFacts {
  const name = reference.kind === 'name' ? reference.familiarName : undefined
  const digests = image.RepoDigests ?? []
  const own = digests.find(digest => name !== undefined && digest.startsWith(`${name}@`)) ?? digests[0]
  return {
    reference: reference.text,
    id: image.Id,
    digest: own?.slice(own.indexOf('@') + 1) ?? null,
    platform: platformText(platformOf(image)),
    created: image.Created || null,
  }
}
