import { Breaker } from './breaker.ts'
import type { Emit, RunEvent } from './events.ts'
import { Failure, type FailureKind } from './failure.ts'
import type { ImageOptions, PullTimeout } from './options.ts'
import type { PullRequest } from './pull.ts'
import { PullBudget } from './pull-budget.ts'
import { type SharedEnd, sharePull } from './shared-pull.ts'

/** A pull, and what bounds it. */
export interface BoundedPull extends PullRequest {
  budget: Required<PullTimeout>
  options: PullRequest['options'] & Pick<ImageOptions, 'breaker'>
  /** As in {@link sharePull}. */
  since: number | undefined
}

/** Pulls within the budget, together with whoever pulls the same; not at all while the breaker of the registry is open. */
export async function boundedPull(request: BoundedPull): Promise<SharedEnd> {
  const breaker = guard(request)
  await breaker.check()
  using budget = new PullBudget(request.budget, request.reference)
  const signal = AbortSignal.any([request.signal, budget.signal])
  let shared = false
  const emit: Emit = event => {
    if (event.type === 'pull') shared = event.shared
    request.emit(event)
    budget.hear(event)
  }
  try {
    const end = await sharePull({ ...request, signal, emit }, request.since)
    if (end.since === undefined && isNews(end)) await breaker.note('answer')
    return end
  } catch (error) {
    request.signal.throwIfAborted()
    const own = error === budget.signal.reason
    if (error instanceof Failure && (own ? !shared : isNews(error))) await breaker.note(meaningOf(error))
    throw error
  }
}

const known = new WeakSet<object>()

// Whoever shares a pull is given the same end, which counts once.
function isNews(end: object): boolean {
  const news = !known.has(end)
  known.add(end)
  return news
}

const answers: readonly FailureKind[] = ['registry-denied', 'registry-not-found', 'image-mismatch']

type Meaning = 'outage' | 'answer' | 'nothing'

function meaningOf(error: Failure): Meaning {
  if (error.kind === 'registry-outage') return 'outage'
  return answers.includes(error.kind) ? 'answer' : 'nothing'
}

/** The breaker, if there is one; trouble with its file is told, and keeps nobody from pulling. */
function guard({ reference, options, emit }: BoundedPull) {
  const { domain: registry, text: image } = reference
  const breaker = options.breaker === undefined ? undefined : new Breaker(options.breaker, registry)
  const harmless = async <T>(work: Promise<T> | undefined): Promise<T | undefined> =>
    work?.catch((error: Error) => {
      emit({ type: 'warning', message: `the breaker's directory can't be used: ${error.message}` })
      return undefined
    })
  return {
    async check(): Promise<void> {
      const open = await harmless(breaker?.open())
      if (open === undefined) return
      const until = new Date(open.until).toISOString()
      const reason = `${registry} failed ${open.outages} times within five minutes`
      emit({ type: 'skipped', image, registry, reason, until } satisfies RunEvent)
      const hint = `It is asked again from ${until} on. The breaker's directory is ${options.breaker}.`
      throw new Failure('registry-outage', `${image} was not pulled: ${reason}, and is left alone`, { hint })
    },
    async note(meaning: Meaning): Promise<void> {
      if (meaning !== 'nothing') await harmless(breaker?.[meaning]())
    },
  }
}
