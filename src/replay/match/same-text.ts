import { escapeRegExp } from '../bytes/text.ts'

const hex64 = '[0-9a-f]{64}'
const hex12 = '[0-9a-f]{12}'
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const date = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?`
const seconds = String.raw`\d{10}(?:\.\d{1,9})?`
const mask = String.raw`\[secret:\d+\]|\*{4,}`

/** What differs from run to run, and the digest of an image that was asked for by it, which does not. */
const varying = new RegExp(
  [
    `(?<mask>${mask})`,
    `(?<digest>sha256:(?!1d[0-9a-f]{10}0{52})${hex64})`,
    `(?<uuid>\\b${uuid}\\b)`,
    `(?<long>\\b${hex64}\\b)`,
    `(?<short>\\b(?=[0-9]*[a-f])${hex12}\\b)`,
    `(?<date>\\b${date})`,
    `(?<seconds>\\b${seconds}\\b)`,
  ].join('|'),
  'g',
)

/** Whether a count of seconds since 1970 may differ. */
type Seconds = 'any' | 'exact'

/** Maps texts of a recording to those of a replay: ids that clients make up, names that may differ. */
export class Substitutes {
  readonly #findGiven: () => ReadonlySet<string>
  #given: ReadonlySet<string> | undefined
  readonly #known = new Map<string, string>()
  readonly #patterns = new Map<string, Pattern>()

  /** @param findGiven finds the ids that the recorded Engine gave: clients repeat them as they are. */
  constructor(findGiven: () => ReadonlySet<string>) {
    this.#findGiven = findGiven
  }

  /** The pattern of a recorded text in which ids, dates and masked values may differ. */
  patternOf(recorded: string, seconds: Seconds): Pattern {
    const key = `${seconds} ${recorded}`
    const known = this.#patterns.get(key)
    if (known !== undefined) return known
    const made = makePattern(recorded, seconds)
    if (recorded.length < longestCached) this.#patterns.set(key, made)
    return made
  }

  get(recorded: string): string | undefined {
    return this.#known.get(recorded)
  }

  set(recorded: string, actual: string): void {
    this.#known.set(recorded, actual)
  }

  /** True where one id may stand for another: neither was given by the Engine, nor stands for a third one. */
  allows(recorded: string, actual: string): boolean {
    const known = this.#known.get(recorded)
    if (known !== undefined) return known === actual
    this.#given ??= this.#findGiven()
    return (
      !this.#given.has(recorded) && !this.#given.has(actual) && ![...this.#known.values()].includes(actual)
    )
  }
}

/** Compares one request with a recorded one, and keeps what it has to substitute until the two are known to match. */
export class Comparison {
  readonly proposed = new Map<string, string>()
  readonly #substitutes: Substitutes

  constructor(substitutes: Substitutes) {
    this.#substitutes = substitutes
  }

  /** True where two texts differ in nothing but ids, dates and masked values. */
  same(recorded: string, actual: string, seconds: Seconds = 'exact'): boolean {
    if (recorded === actual || this.#standsFor(recorded, actual)) return true
    const { pattern, ids } = this.#substitutes.patternOf(recorded, seconds)
    const found = pattern?.exec(actual)
    if (!found) return false
    return ids.every((id, index) => this.#sameId(keyOf(id), keyOf(found[index + 1] ?? '')))
  }

  /** Lets a text stand for another from here on. */
  substitute(recorded: string, actual: string): void {
    if (recorded !== actual) this.proposed.set(recorded, actual)
  }

  commit(): void {
    for (const [recorded, actual] of this.proposed) this.#substitutes.set(recorded, actual)
  }

  #standsFor(recorded: string, actual: string): boolean {
    return (this.proposed.get(recorded) ?? this.#substitutes.get(recorded)) === actual
  }

  #sameId(recorded: string, actual: string): boolean {
    if (recorded === actual || this.#standsFor(recorded, actual)) return true
    if (this.proposed.has(recorded) || !this.#substitutes.allows(recorded, actual)) return false
    this.proposed.set(recorded, actual)
    return true
  }
}

// The first twelve digits identify as well as all of them.
function keyOf(id: string): string {
  return id.includes('-') ? id : id.slice(0, 12)
}

interface Pattern {
  /** Undefined for a text that has nothing varying in it. */
  pattern: RegExp | undefined
  ids: readonly string[]
}

/** Characters of a text whose pattern is cached: longer texts are files and scripts, of which there are few. */
const longestCached = 4096

function makePattern(recorded: string, compareSeconds: Seconds): Pattern {
  const ids: string[] = []
  let source = ''
  let end = 0
  for (const { 0: text, index, groups = {} } of recorded.matchAll(varying)) {
    const exact = groups.digest !== undefined || (groups.seconds !== undefined && compareSeconds === 'exact')
    if (exact) continue
    source += escapeRegExp(recorded.slice(end, index))
    end = index + text.length
    if (groups.mask !== undefined) source += '[\\s\\S]*?'
    else if (groups.date !== undefined) source += date
    else if (groups.seconds !== undefined) source += seconds
    else {
      ids.push(text)
      source += `(${groups.uuid !== undefined ? uuid : groups.long !== undefined ? hex64 : hex12})`
    }
  }
  if (end === 0) return { pattern: undefined, ids }
  return { pattern: new RegExp(`^${source}${escapeRegExp(recorded.slice(end))}$`), ids }
}

/** The ids in a text, as substitutes know them. */
export function idsIn(text: string): string[] {
  // Of a long text, few words are long enough: most of it needs no closer look.
  const words = text.match(/[\w-]{12,}/g) ?? []
  return words
    .flatMap(word => [...word.matchAll(varying)])
    .flatMap(({ 0: id, groups = {} }) => ((groups.uuid ?? groups.long ?? groups.short) ? [keyOf(id)] : []))
}
