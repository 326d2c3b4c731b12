import { HoldfastError } from './failure.ts'

// Both cases by name: for an expression that ignores the case V8 first builds ICU's tables, at each start.
const DOMAIN =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?$/
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/
const OFFICIAL = /^library\/([^/]+)$/
const TAG = /^\w[\w.-]{0,127}$/
const ID = /^(?:sha256:)?([a-f0-9]{64})$/
// Docker shows twelve digits of an id.
const SHORT_ID = /^(?:sha256:)?([a-f0-9]{12,63})$/
const DIGEST_LENGTHS = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
])
const HUB = 'docker.io'
const TEXT_LIMIT = 1024
const PATH_LIMIT = 255
const SHOWN_LIMIT = 100

/** An image by its id: it is looked up locally and never pulled. */
export interface ImageId {
  readonly kind: 'id'
  /** As it was given. */
  readonly text: string
  /** `sha256:` and 64 hex digits. */
  readonly id: string
}

/** An image by its name: what was given, and the forms that the Engine wants or shows. */
export interface ImageName {
  readonly kind: 'name'
  /** As it was given. */
  readonly text: string
  /** The registry: `docker.io`, `reg.example:5000`. Empty for a name whose first part can't be a host, such as `my_registry.example/app`: it is local only. */
  readonly domain: string
  /** The repository in it: `library/alpine`. */
  readonly path: string
  readonly tag: string | undefined
  readonly digest: string | undefined
  /** One spelling for one image: `docker.io/library/alpine:latest`, with `@DIGEST` in place of the default tag or after the tag given. */
  readonly canonical: string
  /** For a pull: the full name without tag and digest. */
  readonly fromImage: string
  /** For a pull: the digest, else the tag, else `latest`. Without any, the Engine pulls all tags. */
  readonly pullTag: string
  /** The name as the Engine shows it: `alpine`, `me/app`, `reg.example:5000/app`. */
  readonly familiarName: string
  /** What the image's RepoTags must hold: `alpine:3`. Undefined when a digest was given, as a tag beside it counts for nothing. */
  readonly familiarTag: string | undefined
  /** What the image's RepoDigests must hold, when a digest was given: `alpine@sha256:…`. */
  readonly familiarDigest: string | undefined
  /**
   * What it is as the beginning of an id (`sha256:` and 12 hex digits or more), where it may be one as well as a name. An
   * image of that name is taken first; it is never pulled, as no repository of the Hub is called so.
   */
  readonly shortId: string | undefined
}

/** An image reference that was read: an id, or a name. */
export type Reference = ImageId | ImageName

/**
 * Reads an image reference as docker does: `x`, `docker.io/library/x:latest` and `index.docker.io/x` are one name; `HOST:5000` without a path is the Hub's repository HOST with tag 5000.
 * @throws {HoldfastError} `usage`: says why, and shows the text cut and escaped.
 *
 * @example
 * ```ts
 * import { parseReference } from 'holdfast'
 *
 * const reference = parseReference('registry.example:5000/team/app:1.4')
 * if (reference.kind === 'name') console.log(reference.domain, reference.path)
 * ```
 */
export function parseReference(text: string): Reference {
  const id = ID.exec(text)?.[1]
  if (id !== undefined) return { kind: 'id', text, id: `sha256:${id}` }
  const flaw = flawOfText(text)
  if (flaw !== undefined) throw invalid(text, flaw)
  const [name, digest] = cut(text, '@')
  const [domain, shortPath, tag] = splitName(name)
  const path = domain === HUB && !shortPath.includes('/') ? `library/${shortPath}` : shortPath
  const wrong = flawOfDomain(domain) ?? flawOfPath(path, shortPath) ?? flawOfTag(tag) ?? flawOfDigest(digest)
  if (wrong !== undefined) throw invalid(text, wrong)
  return imageName({ text, domain, path, tag, digest })
}

type Parts = Pick<ImageName, 'text' | 'domain' | 'path' | 'tag' | 'digest'>

function imageName(parts: Parts): ImageName {
  const { domain, path, tag, digest } = parts
  const fromImage = domain === '' ? path : `${domain}/${path}`
  const familiarName = domain === HUB ? (OFFICIAL.exec(path)?.[1] ?? path) : fromImage
  const tagged = tag ?? (digest === undefined ? 'latest' : undefined)
  return {
    kind: 'name',
    ...parts,
    canonical:
      fromImage + (tagged === undefined ? '' : `:${tagged}`) + (digest === undefined ? '' : `@${digest}`),
    fromImage,
    pullTag: digest ?? tag ?? 'latest',
    familiarName,
    familiarTag: digest === undefined ? `${familiarName}:${tag ?? 'latest'}` : undefined,
    familiarDigest: digest === undefined ? undefined : `${familiarName}@${digest}`,
    shortId: shortId(parts.text),
  }
}

function shortId(text: string): string | undefined {
  const digits = SHORT_ID.exec(text)?.[1]
  return digits && `sha256:${digits}`
}

/** True for what is, or looks like, an image's id: no registry is asked for it. */
export function isId(reference: Reference): boolean {
  return reference.kind === 'id' || reference.shortId !== undefined
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

// As distribution's reference: what is not a host's name, such as one with an underscore, may still begin a path.
function splitName(name: string): [domain: string, path: string, tag: string | undefined] {
  const [domain, remainder] = splitDomain(name)
  const [path, tag] = cut(remainder, ':')
  const whole = `${domain}/${path}`
  return !DOMAIN.test(domain) && isPath(whole) ? ['', whole, tag] : [domain, path, tag]
}

function isPath(text: string): boolean {
  return text.split('/').every(component => COMPONENT.test(component))
}

function splitDomain(name: string): [string, string] {
  const [first, rest] = cut(name, '/')
  if (rest === undefined) return [HUB, name]
  if (first === 'index.docker.io') return [HUB, rest]
  const isDomain = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase()
  return isDomain ? [first, rest] : [HUB, name]
}

function flawOfText(text: string): string | undefined {
  if (text === '') return 'it is empty'
  if (text.length > TEXT_LIMIT) return `it is longer than ${TEXT_LIMIT} characters`
  if (/\s/.test(text)) return 'it holds white space'
  if (/^[A-Za-z]+:\/\//.test(text)) return 'it starts with a scheme; leave that out'
  return hasUser(text) ? 'it holds a user before "@"; credentials have no place in it' : undefined
}

function flawOfDomain(domain: string): string | undefined {
  return domain === '' || DOMAIN.test(domain) ? undefined : `${quote(domain)} must be HOST or HOST:PORT`
}

function flawOfPath(path: string, given: string): string | undefined {
  if (path.length > PATH_LIMIT) return `its path is longer than ${PATH_LIMIT} characters`
  if (given !== given.toLowerCase()) return `the path ${quote(given)} must be in lower case`
  if (isPath(path)) return undefined
  return `in the path ${quote(given)} there must be, between slashes, letters and digits joined by ".", "_", "__" or "-"`
}

function flawOfTag(tag: string | undefined): string | undefined {
  if (tag === undefined || TAG.test(tag)) return undefined
  return `the tag ${quote(tag)} is not 1 to 128 letters, digits, "_", "." or "-", starting with neither "." nor "-"`
}

function flawOfDigest(digest: string | undefined): string | undefined {
  if (digest === undefined) return undefined
  const [algorithm, hex = ''] = cut(digest, ':')
  if (digest !== digest.toLowerCase()) return `the digest ${quote(digest)} must be in lower case`
  const length = DIGEST_LENGTHS.get(algorithm)
  if (length === undefined)
    return `the digest algorithm ${quote(algorithm)} is not supported (sha256, sha384 and sha512 are)`
  if (hex.length === length && /^[a-f0-9]+$/.test(hex)) return undefined
  return `the digest must have ${length} hex digits after ${algorithm}:`
}

function invalid(text: string, flaw: string): HoldfastError {
  const message = `invalid image reference ${quote(text)}: ${flaw}. A reference is [HOST[:PORT]/]PATH[:TAG][@DIGEST], as in alpine:3 or registry.example:5000/team/app:1.4`
  return new HoldfastError('usage', message)
}

function quote(text: string): string {
  const shown = hideUser(text)
  const escaped = JSON.stringify(shown.slice(0, SHOWN_LIMIT)).replaceAll(
    /[^\x20-\x7e\u2026]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return shown.length > SHOWN_LIMIT ? `${escaped}…` : escaped
}

// A pasted user:password@host/… must not appear in a message.
function hideUser(text: string): string {
  return hasUser(text) ? `…${text.slice(text.lastIndexOf('@'))}` : text
}

function hasUser(text: string): boolean {
  const at = text.lastIndexOf('@')
  if (at === -1) return false
  if (text.includes('/', at) || text.includes('://')) return true
  // A colon before it may be a tag's, where a digest comes after it.
  return text.lastIndexOf(':', at) !== -1 && !/^sha\d+:|:[\da-f]{32}/i.test(text.slice(at + 1))
}
