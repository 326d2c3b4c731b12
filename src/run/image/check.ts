import type { Engine } from '../../engine/engine.ts'
import { borrowEngine } from '../borrow.ts'
import { checkRunOptions } from '../check-options.ts'
import { ageText, durationText } from '../duration.ts'
import { HoldfastError, toFailure } from '../failure.ts'
import { type Lifetime, lifetime } from '../lifetime.ts'
import { mapLimit } from '../map-limit.ts'
import type { PullPolicy, RunOptions } from '../options.ts'
import { isId, parseReference, type Reference } from '../reference.ts'
import { imageFacts } from './facts.ts'
import { findLocal, type Local } from './local.ts'

/** Which images to look at, and the options of the runs that are to come. */
export interface CheckOptions
  extends Pick<RunOptions, 'platform' | 'pull' | 'staleIf' | 'maxStale' | 'config' | 'engine' | 'signal'> {
  /** References, or ids of local images. */
  images: readonly string[]
}

/** What a run of an image would find now. Plain data. */
export interface ImageCheck {
  /** As it was asked for. */
  image: string
  /** `mismatch`: an image for another platform answers to the name. */
  local: Local['state']
  /** The local id; null unless the image is local and right, as are `digest`, `created` and `age`. */
  id: string | null
  /** The manifest's digest in its registry; null for an image that was never pulled or pushed. */
  digest: string | null
  /** `os/arch[/variant]`: of the wrong image, where that is what is there. */
  platform: string | null
  /** When it was built, in ISO 8601. */
  created: string | null
  /** Milliseconds since the Engine named it, else since it was built; null when the Engine reports neither. */
  age: number | null
  /** A run would ask a registry. */
  contactsRegistry: boolean
  /** A run would start while the registry is down. */
  survives: boolean
  /** Why it would, or would not. */
  why: string
}

/** How many images are looked for at a time. */
const atOnce = 8

/**
 * Says of each image, in order, whether a run would contact a registry, and start without one. Only inspects images:
 * asks no registry, and looks up no credentials.
 *
 * @throws {HoldfastError} `usage` before anything is asked; else when the Engine can't be asked.
 *
 * @example
 * ```ts
 * for (const { image, survives, why } of await check({ images: ['alpine:3.22'] }))
 *   console.log(image, survives, why)
 * ```
 */
export async function check(options: CheckOptions): Promise<ImageCheck[]> {
  const { engine, release } = borrowEngine(options)
  using life = lifetime(options.signal, 0, 'the check')
  try {
    const { images, ...others } = options
    checkImages(images)
    const references = images.map(image => {
      checkRunOptions({ ...others, image })
      return parseReference(image)
    })
    const { signal } = life
    const works = mapLimit(references, atOnce, reference => checkOne(engine, reference, options, signal))
    return await allOf(works, life)
  } catch (error) {
    throw toFailure(error)
  } finally {
    await release()
  }
}

function checkImages(images: unknown): void {
  if (Array.isArray(images)) return
  throw new HoldfastError('usage', 'the option images must be a list', {
    hint: "Write check({ images: ['alpine:3'] }).",
  })
}

// When one can't be looked for, as when the Engine is gone, the others are left.
async function allOf<T>(works: Promise<T>[], life: Lifetime): Promise<T[]> {
  try {
    return await Promise.all(works)
  } catch (error) {
    life.end(new HoldfastError('cancelled', 'another image could not be looked for', { cause: error }))
    await Promise.allSettled(works)
    throw error
  }
}

async function checkOne(
  engine: Engine,
  reference: Reference,
  options: CheckOptions,
  signal: AbortSignal,
): Promise<ImageCheck> {
  const local = await findLocal(engine, reference, options.platform, signal)
  const facts = local.state === 'present' ? imageFacts(reference, local.image) : undefined
  const { id = null, digest = null, created = null, age = null } = facts ?? {}
  const platform = local.state === 'mismatch' ? local.found : (facts?.platform ?? null)
  return {
    image: reference.text,
    local: local.state,
    id,
    digest,
    platform,
    created,
    age,
    ...judge(reference, local, age, options),
  }
}

type Verdict = Pick<ImageCheck, 'contactsRegistry' | 'survives' | 'why'>

// By the same rules as a run.
function judge(
  reference: Reference,
  local: Local,
  age: number | null,
  { pull = 'missing', maxStale = Number.POSITIVE_INFINITY }: CheckOptions,
): Verdict {
  if (local.state !== 'present') return lacking(reference, local, pull)
  if (isId(reference)) return unasked('it is on the Engine, and an id is never pulled')
  if (pull === 'always') return asked(false, 'the policy always pulls it')
  if (pull !== 'refresh') return unasked('it is on the Engine')
  if (reference.kind === 'name' && reference.digest !== undefined) {
    return unasked('it is on the Engine, and what a digest names does not change')
  }
  if (maxStale === Number.POSITIVE_INFINITY || (age !== null && age <= maxStale)) {
    return asked(true, 'the local copy would run, marked as stale')
  }
  const old = age === null ? 'of unknown age' : `${ageText(age)} old`
  return asked(false, `the local copy is ${old}, and may be ${durationText(maxStale)} old at most`)
}

function lacking(
  reference: Reference,
  local: Exclude<Local, { state: 'present' }>,
  pull: PullPolicy,
): Verdict {
  const why = local.state === 'absent' ? 'it is not on the Engine' : `the one on the Engine is ${local.found}`
  if (isId(reference)) return { ...unasked(`${why}, and an id is never pulled`), survives: false }
  if (pull === 'never') return { ...unasked(`${why}, and the policy never pulls it`), survives: false }
  return asked(false, why)
}

function asked(survives: boolean, why: string): Verdict {
  return { contactsRegistry: true, survives, why }
}

function unasked(why: string): Verdict {
  return { contactsRegistry: false, survives: true, why }
}
