import type { Engine } from '../../engine/engine.ts'
import type { ImageInspect } from '../../engine/wire.ts'
import type { HeldSecrets } from '../../redact/held.ts'
import type { Emit, PullReason } from '../events.ts'
import { HoldfastError } from '../failure.ts'
import type { ImageOptions, PullPolicy, RunOptions } from '../options.ts'
import type { ImageFacts } from '../outcome.ts'
import { isId, type Reference } from '../reference.ts'
import type { EngineGrace } from '../retry.ts'
import { imageFacts } from './facts.ts'
import { findLocal, type Local } from './local.ts'
import type { PullEnd } from './pull-attempts.ts'

/** What it takes to make an image local. */
export interface ImageRequest {
  engine: Engine
  reference: Reference
  policy: PullPolicy
  options: Pick<ImageOptions, 'platform' | 'credentials' | 'config' | 'pullTimeout' | 'breaker'> &
    Pick<RunOptions, 'staleIf' | 'maxStale' | 'engineGrace'>
  signal: AbortSignal
  emit: Emit
  grace: EngineGrace
  secrets: HeldSecrets
}

/** Makes sure that the image is on the Engine and the right one, as the policy says; asks a registry only when it must. */
export async function makeLocal(request: ImageRequest): Promise<ImageFacts> {
  const facts = imageFacts(request.reference, await inspectOrPull(request))
  const { id, digest, platform } = facts
  request.emit({ type: 'image', image: request.reference.text, id, digest, platform })
  return facts
}

/**
 * Pulls an image that something has removed since it was local, as the policy allows. Throws `refusal`, the Engine's 404
 * for the container, where the image is still there: the 404 means a network or a volume.
 */
export async function restoreLocal(request: ImageRequest, refusal: unknown): Promise<ImageFacts> {
  const { reference, policy } = request
  if (isId(reference) || (await inspectLocally(request)).state === 'present') throw refusal
  if (policy === 'never') {
    const hint = 'Something removed it after the run had looked. The pull policy is never: pull it first.'
    throw new HoldfastError('image-missing', `the image ${reference.text} is gone from the Engine`, {
      hint,
      cause: refusal,
    })
  }
  await pullNow(request, 'missing')
  return makeLocal({ ...request, policy: 'never' })
}

/** Decides whether a registry is contacted: each return before `refreshOrFallBack` and `pullNow` contacts none. */
async function inspectOrPull(request: ImageRequest): Promise<ImageInspect> {
  const { reference, policy } = request
  const local = await inspectLocally(request)
  if (isId(reference)) return presentOrThrow(local, request, idHint(reference))
  if (local.state === 'present' && needsNoPull(policy, reference)) return local.image
  if (policy === 'never') return presentOrThrow(local, request, 'The pull policy is never: pull it first.')
  const reason = reasonOf(local, policy)
  if (local.state === 'present') return refreshOrFallBack(request, local.image, reason)
  const end = await pullNow(request, reason).catch(error => {
    throw local.state === 'mismatch' ? withFoundPlatform(error, local.found) : error
  })
  return inspectAfterPull(request, end)
}

// What a digest names does not change, and the Engine would not ask the registry for it.
function needsNoPull(policy: PullPolicy, reference: Reference): boolean {
  const pinned = reference.kind === 'name' && reference.digest !== undefined
  return policy === 'missing' || policy === 'never' || (policy === 'refresh' && pinned)
}

function idHint(reference: Reference): string {
  const hint = 'An id is never pulled.'
  return reference.kind === 'id' ? hint : `${hint} If it is a name, write ${reference.canonical}.`
}

/** Pulls an image that has a local copy. Under `refresh` the copy is used where the pull fails, as long as it has the name. */
async function refreshOrFallBack(
  request: ImageRequest,
  local: ImageInspect,
  reason: PullReason,
): Promise<ImageInspect> {
  const fallBack = async (error: unknown) => {
    if (request.policy !== 'refresh') throw explainAlways(error)
    const { toleratedFailure, staleCopy } = await import('./stale.ts')
    const failure = toleratedFailure(error, request.options)
    // Another job may have pulled it meanwhile: report what is there now.
    const now = await inspectLocally(request)
    if (now.state !== 'present') throw failure
    return staleCopy(failure, now.image, request)
  }
  let end: PullEnd
  try {
    end = await pullNow(request, reason)
  } catch (error) {
    return fallBack(error)
  }
  const image = await inspectAfterPull(request, end)
  return image.Id === local.Id && !end.concluded ? fallBack(unconcluded(request.reference)) : image
}

async function inspectAfterPull(request: ImageRequest, { concluded }: PullEnd): Promise<ImageInspect> {
  const found = await inspectLocally(request)
  if (found.state !== 'present' && !concluded) throw unconcluded(request.reference)
  // Some Engines take what the registry has, whatever platform was asked for.
  const hint =
    found.state === 'mismatch'
      ? `The pull succeeded: the registry has it for ${found.found}, not for the platform asked for.`
      : 'The pull succeeded; something removed or replaced it since.'
  return presentOrThrow(found, request, hint)
}

// The image is the one that was there before: nothing shows that the registry has said it is still the right one.
function unconcluded({ text }: Reference): HoldfastError {
  const hint =
    "What is between here and the Engine may have cut the answer. See the Engine's log: `journalctl -u docker`."
  return new HoldfastError(
    'pull-failed',
    `${text} could not be pulled: the pull ended without a word of success`,
    {
      hint,
    },
  )
}

function explainAlways(error: unknown): unknown {
  if (!(error instanceof HoldfastError) || error.kind !== 'registry-outage') return error
  return error.withHint('The image on the Engine is unchanged: the pull policy refresh would run it.')
}

function withFoundPlatform(error: unknown, found: string): unknown {
  if (!(error instanceof HoldfastError)) return error
  return error.withHint(`The local image is for ${found}.`)
}

function reasonOf(local: Local, policy: PullPolicy): PullReason {
  if (local.state === 'present') return policy === 'refresh' ? 'refresh' : 'always'
  return local.state === 'mismatch' ? 'mismatch' : 'missing'
}

/** Pulls. An image that was absent is looked for once more first, unless the policy is always: another run may have pulled it. */
async function pullNow(request: ImageRequest, reason: PullReason): Promise<PullEnd> {
  const { engine, reference, policy, options, signal, emit, secrets } = request
  if (reference.kind === 'id')
    throw new HoldfastError('image-missing', `the image ${reference.text} is not on the Engine`)
  // What pulls is loaded when something is to be pulled.
  const { boundedPull } = await import('./bounded-pull.ts')
  const { budgetOf, defaultBudget, refreshBudget } = await import('./limits.ts')
  const budget = budgetOf(reason === 'refresh' ? refreshBudget : defaultBudget, options.pullTimeout)
  const isLocal =
    policy === 'always' || reason === 'refresh'
      ? undefined
      : async (over: Engine, until: AbortSignal) =>
          (await findLocal(over, reference, options.platform, until)).state === 'present'
  return boundedPull({ engine, reference, reason, options, budget, signal, emit, secrets, isLocal })
}

function inspectLocally({ engine, reference, options, signal, emit, grace }: ImageRequest): Promise<Local> {
  emit({ type: 'phase', phase: 'inspect' })
  return grace.untilAnswered(() => findLocal(engine, reference, options.platform, signal), { signal })
}

function presentOrThrow(local: Local, { reference, options }: ImageRequest, hint: string): ImageInspect {
  if (local.state === 'present') return local.image
  const { text } = reference
  if (local.state === 'absent')
    throw new HoldfastError('image-missing', `the image ${text} is not on the Engine`, { hint })
  const wanted = options.platform === undefined ? 'what was asked for' : options.platform
  throw new HoldfastError(
    'image-mismatch',
    `the image ${text} on the Engine is ${local.found}, not ${wanted}`,
    {
      hint,
    },
  )
}
