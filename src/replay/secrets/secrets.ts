import { Redactor } from '../../redact/redactor.ts'
import type { LinkedExchange } from '../order/step.ts'
import { targetOf } from '../order/target.ts'
import {
  bodyEvidence,
  type Evidence,
  type EvidenceRules,
  fileEvidence,
  isSecretName,
  plainEvidence,
  targetEvidence,
  wholeEvidence,
} from './evidence.ts'
import { headerSecrets, shownHeader } from './headers.ts'
import { parsed } from './parsed.ts'
import { headersOf, type Place, placesOf } from './places.ts'

/** What is taken out of a recording beside what the wire shows to be secret, and what stays. */
export interface Hiding {
  /** Secrets to take out wherever they are said. */
  secrets?: readonly string[]
  /** Patterns of what to take out: their last group, or all that they match. */
  redact?: readonly RegExp[]
  /** Labels whose values are taken out. */
  redactLabels?: readonly string[]
  /** Variables whose values stay: these, or `true` for all whose names don't say that they are secret. Default: none. */
  keepEnv?: true | readonly string[]
}

/** Bytes of a secret that is looked for everywhere: a shorter one is taken out where it stands, unless the user named it. */
const minLength = 8

interface Range {
  start: number
  end: number
  value: string
}

/**
 * Replaces secrets in exchanges by `[secret:1]`, with one number for all places of a secret. It takes two passes: the first
 * learns the secrets, so that the second also finds them in what was sent before they were known to be secret.
 */
export class Secrets {
  /** What the maker of the recording should know. */
  readonly warnings: string[] = []
  readonly #rules: EvidenceRules
  readonly #numbers = new Map<string, number>()
  readonly #everywhere = new Set<string>()
  #imageWords: ReadonlySet<string> = new Set()

  constructor({ secrets = [], redact = [], redactLabels = [], keepEnv = [] }: Hiding = {}) {
    this.#rules = { redact, redactLabels, keepEnv }
    for (const secret of secrets) if (secret !== '') this.#everywhere.add(secret)
  }

  hide(all: readonly LinkedExchange[]): void {
    this.#imageWords = new Set(all.flatMap(imageWords))
    for (const linked of all) for (const { name, value } of headersOf(linked)) this.#learnHeader(name, value)
    const found = all
      .flatMap(linked => [...placesOf(linked)])
      .map(place => ({ place, evidence: this.#evidenceIn(place) }))
    for (const { evidence } of found) for (const secret of evidence) this.#learn(secret)
    for (const { exchange } of all) this.#learnArguments(exchange.request)
    const known = [...this.#everywhere]
    const redactor = new Redactor(known)
    for (const { place, evidence } of found) this.#mask(place, evidence, redactor, known)
    for (const linked of all) {
      for (const { name, value, replace } of headersOf(linked))
        replace(
          shownHeader(name, value) ??
            redactor.redact(value, { mask: index => this.#maskOf(known[index] ?? '') }),
        )
    }
  }

  #evidenceIn({ kind, pieces }: Place): Evidence[] {
    const text = Buffer.concat(pieces).toString('latin1')
    const find = {
      target: targetEvidence,
      body: bodyEvidence,
      file: fileEvidence,
      secret: wholeEvidence,
      plain: plainEvidence,
    }[kind]
    return find(text, this.#rules).filter(({ value }) => value !== '')
  }

  #learn({ value, everywhere, name }: Evidence): void {
    if (!everywhere || this.#everywhere.has(value)) return
    const short = Buffer.byteLength(value) < minLength
    if (!short && !this.#imageWords.has(value.toLowerCase())) this.#everywhere.add(value)
    else if (name !== undefined) {
      const why = short ? `is shorter than ${minLength} characters` : 'is a word of the name of an image'
      const warning = `the value of ${name} ${why}: it is taken out there, and not looked for elsewhere`
      if (!this.warnings.includes(warning)) this.warnings.push(warning)
    }
  }

  #learnHeader(name: string, value: string): void {
    for (const secret of headerSecrets(name, value))
      if (Buffer.byteLength(secret) >= minLength) this.#everywhere.add(secret)
  }

  /** Learns the values of build arguments whose names say that they are secret. */
  #learnArguments(request: string): void {
    const [, built = ''] = targetOf(request).query.find(([name]) => name === 'buildargs') ?? []
    for (const [name, value] of Object.entries(parsed(built)))
      if (isSecretName(name)) this.#learn({ value: String(value), name, everywhere: true, start: 0, end: 0 })
  }

  #mask(place: Place, evidence: readonly Evidence[], redactor: Redactor, known: readonly string[]): void {
    const found = redactor.find(Buffer.concat(place.pieces))
    const ranges = [
      ...evidence.map(({ value, start, end }) => ({ value, start, end })),
      ...found.map(({ start, end, secret }) => ({ value: known[secret] ?? '', start, end })),
    ]
    if (ranges.length > 0)
      place.replace(masked(place.pieces, mergeOverlapping(ranges), value => this.#maskOf(value)))
  }

  #maskOf(value: string): string {
    const number = this.#numbers.get(value) ?? this.#numbers.size + 1
    this.#numbers.set(value, number)
    return `[secret:${number}]`
  }
}

/** The words of image names: tests often have such a word as a password, as `postgres`. */
function imageWords({ exchange }: LinkedExchange): string[] {
  const { path, query } = targetOf(exchange.request)
  const named = query.filter(([name]) => /^(fromImage|repo|tag|t)$/.test(name)).map(([, value]) => value)
  const [, inPath = ''] = /^\/images\/(.+?)(?:\/\w+)?$/.exec(path) ?? []
  const body =
    exchange.body !== undefined && 'json' in exchange.body ? parsed(JSON.stringify(exchange.body.json)) : {}
  const image = 'Image' in body ? String(body.Image) : ''
  return [...named, inPath, image]
    .flatMap(text => [text, ...text.split(/[^a-z0-9]+/i)])
    .map(word => word.toLowerCase())
}

/** Merges ranges that overlap: the first one is extended to the end of both. */
function mergeOverlapping(ranges: readonly Range[]): Range[] {
  const result: Range[] = []
  for (const range of ranges.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1)
    if (last !== undefined && range.start < last.end) last.end = Math.max(last.end, range.end)
    else result.push({ ...range })
  }
  return result
}

/** The pieces with a mask in place of each range. A range over several pieces is masked in the first. */
function masked(
  pieces: readonly Buffer[],
  ranges: readonly Range[],
  mask: (value: string) => string,
): Buffer[] {
  let from = 0
  return pieces.map(piece => {
    const parts: Buffer[] = []
    let at = 0
    for (const { start, end, value } of ranges) {
      if (end <= from || start >= from + piece.length) continue
      parts.push(piece.subarray(at, Math.max(at, start - from)))
      if (start >= from) parts.push(Buffer.from(mask(value)))
      at = Math.min(piece.length, end - from)
    }
    parts.push(piece.subarray(at))
    from += piece.length
    return Buffer.concat(parts)
  })
}
