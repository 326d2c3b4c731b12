import { EngineError } from '../engine/error.ts'
import { Failure, type FailureKind } from './failure.ts'
import type { ImageName } from './reference.ts'

/** What the Engine said of a pull that failed: before the first byte, with a status, or inside the stream. */
export interface PullWords {
  status: number
  words: string
}

type Verdict = Extract<
  FailureKind,
  'registry-outage' | 'registry-denied' | 'registry-not-found' | 'pull-failed' | 'image-mismatch'
>

/*
 * The Engine answers 500 for nearly everything a registry does, and with other statuses for the same cause from one
 * version to the next, so words decide first. Order matters: a refusal must never pass for an outage.
 */
const phrases: ReadonlyArray<[verdict: Verdict, words: RegExp]> = [
  [
    'image-mismatch',
    /no matching manifest for|no image found in (manifest list|image index)|does not match the specified platform|does not provide the specified platform/i,
  ],
  ['pull-failed', /no space left on device|disk quota exceeded|read-only file system|input\/output error/i],
  [
    'pull-failed',
    /failed to register layer|filesystem layer verification failed|unexpected commit digest|failed size validation|layer .* invalid/i,
  ],
  [
    'registry-denied',
    /unauthorized|no basic auth credentials|authentication required|authorization failed|access denied|\bdenied\b|forbidden|\b401\b|\b403\b/i,
  ],
  [
    'registry-outage',
    /\b(429|5\d\d)\b (too many|internal|bad gateway|service|gateway)|unexpected HTTP status: (429|5\d\d)|status code from registry (429|5\d\d)|toomanyrequests|too many requests/i,
  ],
  [
    'registry-outage',
    /connection (refused|reset|timed out)|no such host|temporary failure in name resolution|i\/o timeout|timeout awaiting|timeout exceeded|tls handshake|deadline exceeded|\bEOF\b|network is unreachable|no route to host|server misbehaving|broken pipe/i,
  ],
  [
    'registry-outage',
    /x509:|certificate|server gave HTTP response to HTTPS client|error unmarshalling content|invalid character|unexpected media type text\/html/i,
  ],
  ['registry-not-found', /manifest unknown|name unknown|not found|does not exist/i],
]

const byStatus: Record<number, Verdict> = {
  401: 'registry-denied',
  403: 'registry-denied',
  404: 'registry-not-found',
  429: 'registry-outage',
  503: 'registry-outage',
}

/** Tells what a failed pull means. Words that nobody knows are a failure of the pull, never an outage by guess. */
export function judgePull({ status, words }: PullWords): Verdict {
  const known = phrases.find(([, pattern]) => pattern.test(words))
  return known?.[0] ?? byStatus[status] ?? 'pull-failed'
}

const hints: Record<Verdict, (registry: string, credentials: string) => string> = {
  'registry-denied': (registry, credentials) =>
    credentials === 'anonymous'
      ? `No credentials were found for ${registry}. Run \`docker login ${registry}\`, or hand them over.`
      : `The credentials came from: ${credentials}. Are they still right, and allowed to pull this image?`,
  'registry-not-found': () =>
    'Look at the name and the tag. A private image looks missing to who may not see it.',
  'registry-outage': registry =>
    `${registry} is failing, or can't be reached from the Engine. An image that is local runs without it.`,
  'pull-failed': () =>
    "Look at the words above, at the Engine's disk (`docker system df`), and at its log (`journalctl -u docker`).",
  'image-mismatch': () => 'Ask for a platform that the image has, or leave --platform out.',
}

// An image may be called `certificate`, or come from forbidden.example: names and addresses say nothing of what failed.
function withoutNames(words: string, { domain, path, fromImage, familiarName }: ImageName): string {
  const names = [domain, domain.replace(/:\d+$/, ''), path, fromImage, familiarName]
  const isName = (word: string) => {
    const bare = word.replace(/^\W+|\W+$/g, '')
    return names.some(name => bare === name || bare.startsWith(`${name}:`) || bare.startsWith(`${name}@`))
  }
  const kept = words.split(' ').filter(word => !word.includes('://') && !isName(word))
  return kept.join(' ')
}

/** What the failure of a pull means, told with the Engine's own words. */
export function pullFailure(error: unknown, reference: ImageName, credentials: string): unknown {
  if (!(error instanceof EngineError) || (error.code !== 'status' && error.code !== 'stream')) return error
  const words = error.words ?? ''
  const kind = judgePull({ status: error.status ?? 500, words: withoutNames(words, reference) })
  const said = words === '' ? error.message : words
  return new Failure(kind, `${reference.text} could not be pulled: ${said}`, {
    words,
    hint: hints[kind](reference.domain, credentials),
    cause: error,
  })
}
