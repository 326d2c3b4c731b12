import type { Content } from '../file/content.ts'
import { bodyOf } from '../file/exchange.ts'
import type { LinkedExchange } from '../order/step.ts'
import { type Target, targetOf, titleOf } from '../order/target.ts'
import { bodyDifferences, clause, type IsIgnored } from './difference.ts'
import { Comparison, idsIn, Substitutes } from './same-text.ts'

/** How a request is compared with the recorded ones, where method, path, query and body by meaning are too strict. */
export interface Matching {
  /** Compare bodies, and what is sent over an attached stream. Default: true for recordings of version 2. */
  body?: boolean
  /** Rewrites the path of a request, without its query and version, before it is compared: the recorded one and the one that came. */
  path?: (path: string) => string
  /** Fields that may differ, as messages name them: `Labels.build`, `Env.CI_JOB`, `HostConfig.Binds[0]`, `query.name`. */
  ignore?: readonly string[]
}

/** A request that came. */
export interface Request {
  /** As `POST /v1.41/containers/create?name=a`. */
  line: string
  body: Buffer
}

/** Finds the recorded exchange for each request. Each is used once, `/_ping` as often as it is asked. */
export class Matcher {
  readonly #matching: Matching
  readonly #substitutes: Substitutes
  readonly #buckets: Map<string, LinkedExchange[]>
  readonly #byRequest: Map<string, LinkedExchange[]>
  readonly #used = new Set<LinkedExchange>()
  readonly #all: readonly LinkedExchange[]
  readonly #isIgnored: IsIgnored

  constructor(all: readonly LinkedExchange[], matching: Matching) {
    this.#all = all
    this.#matching = matching
    // V8 puts a function that is written as the value of a property into old space, and all that it can see lives on with it.
    this.#isIgnored = ignoring(matching.ignore ?? [])
    this.#substitutes = new Substitutes(() => givenIds(all))
    this.#byRequest = Map.groupBy(all, ({ exchange }) => exchange.request)
    this.#buckets = Map.groupBy(all, ({ target }) => this.#bucketOf(target))
  }

  get left(): LinkedExchange[] {
    return this.#all.filter(linked => !this.#used.has(linked))
  }

  isUsed(linked: LinkedExchange): boolean {
    return this.#used.has(linked)
  }

  /** The exchange for a request, or a message that says why it matches none. */
  find(request: Request): LinkedExchange | string {
    // Most requests are, to the letter, one that was recorded.
    const same = this.#byRequest.get(request.line) ?? []
    const target = same[0]?.target ?? targetOf(request.line)
    const candidates = this.#buckets.get(this.#bucketOf(target)) ?? []
    const found =
      this.#firstMatch(this.#unused(same), target, request) ??
      this.#firstMatch(this.#unused(candidates), target, request)
    if (found !== undefined) {
      this.#used.add(found)
      return found
    }
    const again = this.#firstMatch(candidates, target, request)
    if (again !== undefined && /^(GET|HEAD) \/_ping$/.test(titleOf(target))) return again
    return this.#mismatch(request, target, this.#unused(candidates), again)
  }

  #unused(candidates: readonly LinkedExchange[]): LinkedExchange[] {
    return candidates.filter(linked => !this.#used.has(linked))
  }

  #bucketOf({ method, path }: Target): string {
    const { path: rewrite = same => same } = this.#matching
    return `${method} ${rewrite(path).split('/').length}`
  }

  // An exchange with the very same ids is preferred to one whose ids need substitutes.
  #firstMatch(
    candidates: readonly LinkedExchange[],
    target: Target,
    { line, body }: Request,
  ): LinkedExchange | undefined {
    let withSubstitutes: { linked: LinkedExchange; comparison: Comparison } | undefined
    for (const linked of candidates) {
      const comparison = new Comparison(this.#substitutes)
      if (linked.exchange.request !== line && !this.#sameTarget(linked, target, comparison)) continue
      if (first(this.#bodyDifferences(linked, body, comparison)) !== undefined) continue
      if (comparison.proposed.size === 0) return linked
      withSubstitutes ??= { linked, comparison }
    }
    withSubstitutes?.comparison.commit()
    return withSubstitutes?.linked
  }

  #sameTarget(linked: LinkedExchange, target: Target, comparison: Comparison): boolean {
    return (
      this.#samePath(linked, target, comparison) &&
      first(this.#queryDifferences(linked, target, comparison)) === undefined
    )
  }

  #samePath({ target: recorded }: LinkedExchange, { path }: Target, comparison: Comparison): boolean {
    const { path: rewrite = same => same } = this.#matching
    const actual = rewrite(path).split('/')
    return rewrite(recorded.path)
      .split('/')
      .every((segment, index) => comparison.same(segment, actual[index] ?? '', 'any'))
  }

  *#queryDifferences({ target }: LinkedExchange, actual: Target, comparison: Comparison): Generator<string> {
    const values = ({ query }: Target, name: string) =>
      query.flatMap(([own, value]) => (own === name ? [value] : []))
    for (const name of new Set([...target.query, ...actual.query].map(([name]) => name))) {
      const [before, now] = [values(target, name), values(actual, name)]
      if (this.#isIgnored(`query.${name}`)) {
        // A name that differs here differs in later paths, too.
        if (before[0] !== undefined && now[0] !== undefined) comparison.substitute(before[0], now[0])
      } else if (
        before.length !== now.length ||
        !before.every((value, at) => comparison.same(value, now[at] ?? '', 'any'))
      ) {
        yield clause(name, before.length > 1 ? before : before[0], now.length > 1 ? now : now[0])
      }
    }
  }

  #bodyDifferences({ exchange }: LinkedExchange, body: Buffer, comparison: Comparison): Generator<string> {
    return this.#matching.body === false
      ? none()
      : bodyDifferences(exchange.body, body, comparison, this.#isIgnored)
  }

  #mismatch(
    request: Request,
    target: Target,
    left: readonly LinkedExchange[],
    again: LinkedExchange | undefined,
  ): string {
    const comparison = () => new Comparison(this.#substitutes)
    const samePath = left.filter(linked => this.#samePath(linked, target, comparison()))
    const queries = samePath.map(linked => ({
      linked,
      query: first(this.#queryDifferences(linked, target, comparison())),
    }))
    const bodies = queries
      .filter(({ query }) => query === undefined)
      .map(({ linked }) => ({
        line: linked.line,
        differences: [...this.#bodyDifferences(linked, request.body, comparison())],
      }))
      .toSorted((a, b) => a.differences.length - b.differences.length)
    const [closest] = bodies
    if (closest !== undefined) {
      return `${titleOf(target)} came with another body: ${closest.differences[0]} (line ${closest.line})`
    }
    const [other] = queries
    if (other !== undefined)
      return `${titleOf(target)} came with another query: ${other.query} (line ${other.linked.line})`
    const more = again === undefined ? '' : ` once more than it was recorded (line ${again.line})`
    return `not in the recording: ${request.line}${more}; expected ${expected(this.left)}`
  }
}

function ignoring(fields: readonly string[]): IsIgnored {
  return place =>
    fields.some(field => place === field || place.startsWith(`${field}.`) || place.startsWith(`${field}[`))
}

function* none(): Generator<string> {}

function first(differences: Generator<string>): string | undefined {
  const { value } = differences.next()
  return value || undefined
}

function expected(left: readonly LinkedExchange[]): string {
  if (left.length === 0) return 'nothing any more'
  const more = left.length > 5 ? `, or one of ${left.length - 5} more` : ''
  return `${left
    .slice(0, 5)
    .map(({ exchange }) => exchange.request)
    .join(', or ')}${more}`
}

/** The ids that the Engine gave: those that an answer had before any request. Answers repeat those of clients, too. */
function givenIds(all: readonly LinkedExchange[]): Set<string> {
  const made = new Set<string>()
  const given = new Set<string>()
  for (const { exchange, target } of all) {
    const requested = [target.path, ...target.query.map(([, value]) => value), textOf(exchange.body)]
    for (const id of requested.flatMap(idsIn)) if (!given.has(id)) made.add(id)
    for (const said of exchange.said) {
      for (const id of idsIn(textOf(bodyOf(said)))) if (!made.has(id)) given.add(id)
    }
  }
  return given
}

function textOf(content: Content | undefined): string {
  return content !== undefined && ('json' in content || 'text' in content) ? JSON.stringify(content) : ''
}
