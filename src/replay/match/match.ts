import type { Content } from '../file/content.ts'
import type { Linked } from '../order/step.ts'
import { type Target, targetOf, titleOf } from '../order/target.ts'
import { bodyDifferences, clause, type Ignored } from './difference.ts'
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
  readonly #byLine: Map<string, Linked[]>
  readonly #used = new Set<Linked>()
  readonly #linked: readonly Linked[]
  readonly #ignored: Ignored

  constructor(linked: readonly Linked[], matching: Matching) {
    this.#linked = linked
    this.#matching = matching
    // V8 puts a function that is written as the value of a property into old space, and all that it can see lives on with it.
    this.#ignored = ignoring(matching.ignore ?? [])
    this.#substitutes = new Substitutes(() => givenIds(linked))
    this.#byLine = Map.groupBy(linked, ({ exchange }) => exchange.request)
    this.#buckets = Map.groupBy(linked, ({ target }) => this.#bucketOf(target))
  }

  get left(): Linked[] {
    return this.#linked.filter(one => !this.#used.has(one))
  }

  isUsed(one: Linked): boolean {
    return this.#used.has(one)
  }

  /** The exchange for a request, or what keeps it from being one of them. */
  find(request: Request): Linked | string {
    // Most requests are, to the letter, one that was recorded.
    const same = this.#byLine.get(request.line) ?? []
    const target = same[0]?.target ?? targetOf(request.line)
    const alike = this.#buckets.get(this.#bucketOf(target)) ?? []
    const found =
      this.#first(this.#unused(same), target, request) ?? this.#first(this.#unused(alike), target, request)
    if (found !== undefined) {
      this.#used.add(found)
      return found
    }
    const again = this.#first(alike, target, request)
    if (again !== undefined && /^(GET|HEAD) \/_ping$/.test(titleOf(target))) return again
    return this.#mismatch(request, target, this.#unused(alike), again)
  }

  #unused(candidates: readonly Linked[]): Linked[] {
    return candidates.filter(one => !this.#used.has(one))
  }

  #bucketOf({ method, path }: Target): string {
    const { path: rewrite = same => same } = this.#matching
    return `${method} ${rewrite(path).split('/').length}`
  }

  // One with the very same ids goes before one whose ids would have to be others.
  #first(candidates: readonly Linked[], target: Target, { line, body }: Request): Linked | undefined {
    let second: { one: Linked; comparison: Comparison } | undefined
    for (const one of candidates) {
      const comparison = new Comparison(this.#substitutes)
      if (one.exchange.request !== line && !this.#sameLine(one, target, comparison)) continue
      if (first(this.#bodyDifferences(one, body, comparison)) !== undefined) continue
      if (comparison.fresh.size === 0) return one
      second ??= { one, comparison }
    }
    second?.comparison.commit()
    return second?.one
  }

  #sameLine(one: Linked, target: Target, comparison: Comparison): boolean {
    return (
      this.#samePath(one, target, comparison) &&
      first(this.#queryDifferences(one, target, comparison)) === undefined
    )
  }

  #samePath({ target: recorded }: Linked, { path }: Target, comparison: Comparison): boolean {
    const { path: rewrite = same => same } = this.#matching
    const came = rewrite(path).split('/')
    return rewrite(recorded.path)
      .split('/')
      .every((segment, index) => comparison.same(segment, came[index] ?? '', 'any'))
  }

  *#queryDifferences({ target }: Linked, came: Target, comparison: Comparison): Generator<string> {
    const values = ({ query }: Target, name: string) =>
      query.flatMap(([own, value]) => (own === name ? [value] : []))
    for (const name of new Set([...target.query, ...came.query].map(([name]) => name))) {
      const [one, other] = [values(target, name), values(came, name)]
      if (this.#ignored(`query.${name}`)) {
        // What is called otherwise here is called so in later paths, too.
        if (one[0] !== undefined && other[0] !== undefined) comparison.substitute(one[0], other[0])
      } else if (
        one.length !== other.length ||
        !one.every((value, at) => comparison.same(value, other[at] ?? '', 'any'))
      ) {
        yield clause(name, one.length > 1 ? one : one[0], other.length > 1 ? other : other[0])
      }
    }
  }

  #bodyDifferences({ exchange }: Linked, body: Buffer, comparison: Comparison): Generator<string> {
    return this.#matching.body === false
      ? none()
      : bodyDifferences(exchange.body, body, comparison, this.#ignored)
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
      .toSorted((one, other) => one.differences.length - other.differences.length)
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

function ignoring(fields: readonly string[]): Ignored {
  return place =>
    fields.some(one => place === one || place.startsWith(`${one}.`) || place.startsWith(`${one}[`))
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

/** The ids that the Engine gave: those that an answer had first. What a client made up comes back in answers, too. */
function givenIds(linked: readonly Linked[]): Set<string> {
  const made = new Set<string>()
  const given = new Set<string>()
  for (const { exchange, target } of linked) {
    const asked = [target.path, ...target.query.map(([, value]) => value), textOf(exchange.body)]
    for (const id of asked.flatMap(idsIn)) if (!given.has(id)) made.add(id)
    for (const said of exchange.said) {
      const content = 'answer' in said ? said.body : 'chunk' in said ? said.chunk : undefined
      for (const id of idsIn(textOf(content))) if (!made.has(id)) given.add(id)
    }
  }
  return given
}

function textOf(content: Content | undefined): string {
  return content !== undefined && ('json' in content || 'text' in content) ? JSON.stringify(content) : ''
}
