import { type Evidence, evidence, ofVariable, passwordOf, plainEvidence, type Range } from './evidence.ts'
import type { Header } from './http-parser.ts'
import { spelled } from './spelling.ts'
import { Unframed } from './unframed.ts'

const credentialHeaders =
  /^(x-registry-auth|x-registry-config|authorization|proxy-authorization|cookie|set-cookie)$/i

/** What is shorter is taken out where it stands, and looked for elsewhere only if the recording's maker named it. */
const shortest = 4
const star = '*'.charCodeAt(0)

/**
 * What must not be in a recording, gathered while it is made. Secrets are overwritten in place, byte by byte, so that
 * lengths inside the bytes stay true.
 */
export class Secrets {
  readonly #known = new Map<string, RegExp>()

  /** @param known secrets that the recording's maker knows of. */
  constructor(known: readonly string[] = []) {
    for (const secret of known) if (secret !== '') this.#known.set(secret, spelled(secret))
  }

  #learn(secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret.length >= shortest && !this.#known.has(secret)) this.#known.set(secret, spelled(secret))
    }
  }

  #learnFrom({ secrets, ranges }: Evidence): Range[] {
    this.#learn(secrets)
    return ranges
  }

  /** A header as it may be written down: of credentials, that they were there, and which keys they had. */
  header([name, value]: Header): Header {
    if (!credentialHeaders.test(name)) return [name, value]
    this.#learn([value])
    const keys = /^(proxy-)?authorization$/i.test(name) ? this.#scheme(value) : this.#keys(value)
    return [name, keys === '' ? '[present]' : `[present: ${keys}]`]
  }

  #scheme(value: string): string {
    const [scheme = '', ...rest] = value.split(' ')
    const token = rest.join(' ')
    if (token === '') return ''
    this.#learn([token])
    if (/^basic$/i.test(scheme)) this.#learn([passwordOf(Buffer.from(token, 'base64').toString('utf8'))])
    return scheme
  }

  #keys(value: string): string {
    const text = Buffer.from(value, 'base64').toString('latin1')
    this.#learnFrom(evidence(text))
    return Object.keys(parsed(text)).sort().join(', ')
  }

  /** Learns the secrets of a request's path and query. */
  target(path: string): void {
    this.#learnFrom(plainEvidence(path))
    const built = new URLSearchParams(path.slice(path.indexOf('?') + 1)).get('buildargs') ?? ''
    for (const [name, value] of Object.entries(parsed(built))) this.#learn(ofVariable(name, String(value)))
  }

  /** Learns the secrets of a body that came in these pieces, and overwrites them where they stand. */
  body(pieces: readonly Buffer[]): void {
    overwrite(pieces, text => this.#learnFrom(evidence(text)))
  }

  /** Overwrites every known secret in bytes that followed one another, wherever they were cut. */
  cover(pieces: readonly Buffer[]): void {
    overwrite(pieces, text => {
      const unframed = new Unframed(text)
      const inFrames = [...this.#places(unframed.text)].flatMap(([start, end]) => [
        ...unframed.ranges(start, end),
      ])
      return unframed.text === text ? inFrames : [...this.#places(text), ...inFrames]
    })
  }

  *#places(text: string): Generator<Range> {
    yield* plainEvidence(text).ranges
    for (const pattern of this.#known.values()) {
      // One may begin inside another, as a word that is said twice does.
      for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
        yield [found.index, found.index + found[0].length]
        pattern.lastIndex = found.index + 1
      }
    }
  }

  /** A text of a message's head without secrets. */
  clean(text: string): string {
    const bytes = Buffer.from(text, 'latin1')
    this.cover([bytes])
    return bytes.toString('latin1')
  }
}

function overwrite(pieces: readonly Buffer[], find: (text: string) => readonly Range[]): void {
  const whole = Buffer.concat(pieces)
  const found = find(whole.toString('latin1'))
  if (found.length === 0) return
  for (const [start, end] of found) whole.fill(star, start, end)
  let at = 0
  for (const piece of pieces) at += whole.copy(piece, 0, at, at + piece.length)
}

// What is no JSON object has no keys to tell of, and none to learn from.
function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
