import type { Content } from '../file/content.ts'
import { bodyOf } from '../file/exchange.ts'
import type { Linked } from '../order/step.ts'
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
  readonly #buckets: Map<string, Linked[]>
  readonly #byRequest: Map<string, Linked[]>
  readonly #used = new Set<Linked>()
  readonly #linked: readonly Linked[]
  readonly #isIgnored: IsIgnored

  constructor(linked: readonly Linked[], matching: Matching) {
    this.#linked = linked
    this.#matching = matching
    // V8 puts a function that is written as the value of a property into old space, and all that it can see lives on with it.
    this.#isIgnored = ignoring(matching.ignore ?? [])
    this.#substitutes = new Substitutes(() => givenIds(linked))
    this.#byRequest = Map.groupBy(linked, ({ exchange }) => exchange.request)
    this.#buckets = Map.groupBy(linked, ({ target }) => this.#bucketOf(target))
  }

  get left(): Linked[] {
    return this.#linked.filter(one => !this.#used.has(one))
  }

  isUsed(one: Linked): boolean {
    return this.#used.has(one)
  }

  /** The exchange for a request, or a message that says why it matches none. */
  find(request: Request): Linked | string {
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

  #unused(candidates: readonly Linked[]): Linked[] {
    return candidates.filter(one => !this.#used.has(one))
  }

  #bucketOf({ method, path }: Target): string {
    const { path: rewrite = same => same } = this.#matching
    return `${method} ${rewrite(path).split('/').length}`
  }

  // An exchange with the very same ids is preferred to one whose ids need substitutes.
  #firstMatch(candidates: readonly Linked[], target: Target, { line, body }: Request): Linked | undefined {
    let withSubstitutes: { one: Linked; comparison: Comparison } | undefined
    for (const one of candidates) {
      const comparison = new Comparison(this.#substitutes)
      if (one.exchange.request !== line && !this.#sameTarget(one, target, comparison)) continue
      if (first(this.#bodyDifferences(one, body, comparison)) !== undefined) continue
      if (comparison.proposed.size === 0) return one
      withSubstitutes ??= { one, comparison }
    }
    withSubstitutes?.comparison.commit()
    return withSubstitutes?.one
  }

  #sameTarget(one: Linked, target: Target, comparison: Comparison): boolean {
    return (
      this.#samePath(one, target, comparison) &&
      first(this.#queryDifferences(one, target, comparison)) === undefined
    )
  }

  #samePath({ target: recorded }: Linked, { path }: Target, comparison: Comparison): boolean {
    const { path: rewrite = same => same } = this.#matching
    const actual = rewrite(path).split('/')
    return rewrite(recorded.path)
      .split('/')
      .every((segment, index) => comparison.same(segment, actual[index] ?? '', 'any'))
  }

  *#queryDifferences({ target }: Linked, actual: Target, comparison: Comparison): Generator<string> {
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

  #bodyDifferences({ exchange }: Linked, body: Buffer, comparison: Comparison): Generator<string> {
    return this.#matching.body === false
      ? none()
      : bodyDifferences(exchange.body, body, comparison, this.#isIgnored)
  }

  #mismatch(request: Request, target: Target, left: readonly Linked[], again: Linked | undefined): string {
    const comparison = () => new Comparison(this.#substitutes)
    const samePath = left.filter(one => this.#samePath(one, target, comparison()))
    const queries = samePath.map(one => ({
      one,
      query: first(this.#queryDifferences(one, target, comparison())),
    }))
    const bodies = queries
      .filter(({ query }) => query === undefined)
      .map(({ one }) => ({
        line: one.line,
        differences: [...this.#bodyDifferences(one, request.body, comparison())],
      }))
      .toSorted((a, b) => a.differences.length - b.differences.length)
    const [closest] = bodies
    if (closest !== undefined) {
      return `${titleOf(target)} came with another body: ${closest.differences[0]} (line ${closest.line})`
    }
    const [other] = queries
    if (other !== undefined)
      return `${titleOf(target)} came with another query: ${other.query} (line ${other.one.line})`
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

function expected(left: readonly Linked[]): string {
  if (left.length === 0) return 'nothing any more'
  const more = left.length > 5 ? `, or one of ${left.length - 5} more` : ''
  return `${left
    .slice(0, 5)
    .map(({ exchange }) => exchange.request)
    .join(', or ')}${more}`
}

/** The ids that the Engine gave: those that an answer had before any request. Answers repeat those of clients, too. */
function givenIds(linked: readonly Linked[]): Set<string> {
  const made = new Set<string>()
  const given = new Set<string>()
  for (const { exchange, target } of linked) {
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
