import type { FailureKind } from '../failure.ts'

/** What the Engine said of a pull that failed. */
export interface PullWords {
  /** Of the answer. */
  status: number
  words: string
  /** `status`: the answer was an error. `stream`: it had begun well, with 200, and told of the failure inside. */
  road: 'status' | 'stream'
}

/** What a failed pull may mean. */
export type Verdict = Extract<
  FailureKind,
  'registry-outage' | 'registry-denied' | 'registry-not-found' | 'pull-failed' | 'image-mismatch'
>

/*
 * The Engine answers 500 for nearly everything a registry does, or begins with 200, and one cause comes by other roads
 * and statuses from one version to the next: words decide first. None of these patterns may take more than linear time,
 * for the words may be a megabyte.
 */
type Phrases = ReadonlyArray<[verdict: Verdict, words: RegExp]>

/** Whatever else is said, and with whichever status: a refusal must never pass for an outage. */
const refusals: Phrases = [
  [
    'image-mismatch',
    /no matching manifest for|no match for platform|no image found in (manifest list|image index)|does not (match|provide) the specified platform/i,
  ],
  [
    'pull-failed',
    /no space left on device|disk quota exceeded|read-only file system|input\/output error|no such file or directory|executable file not found|\b(open|mkdir|write|chown|lchown) [^ ]+: (permission denied|operation not permitted)/i,
  ],
  [
    'pull-failed',
    /failed to register layer|failed to extract layer|adding layer with blob|filesystem layer verification failed|unexpected commit digest|digest did not match|failed size validation|wrong diff id/i,
  ],
  // OAuth's word for a refresh token that is over, and what the containerd store leaves of it.
  ['registry-denied', /invalid_grant|fetch oauth token: [^\n]{0,300} 400 Bad Request/i],
  // The token server's address is wrong: the image was never asked for.
  ['pull-failed', /fetch (oauth|anonymous) token: [^\n]{0,300} 404 Not Found/i],
  // Trouble between the Engine and its own containerd.
  ['pull-failed', /rpc error: code|dial unix |containerd\.sock/i],
  ['registry-denied', httpStatus('40[13]')],
  [
    'registry-denied',
    /unauthorized|not authorized|no basic auth credentials|authentication required|authorization failed|(invalid|incorrect) username|\bdenied\b|forbidden|remote error: tls: [a-z ]*(certificate|access)/i,
  ],
  ['registry-not-found', httpStatus('404')],
  [
    'registry-not-found',
    /manifest unknown|name unknown|unknown blob|blob unknown|repository does not exist/i,
  ],
  // Refused for some other reason. 408 and 429 ask to come again.
  ['pull-failed', httpStatus('4(?!08|29)\\d\\d')],
]

// Of a server that is no registry. Engine 26.1 says so with status 404.
const foreignPage = /unexpected media type (text\/|application\/json\b)/i

const outages: Phrases = [
  ['registry-outage', httpStatus('408|429|5\\d\\d')],
  ['registry-outage', /too ?many ?requests|error from registry: unavailable\b/i],
  [
    'registry-outage',
    /connection (refused|reset|timed out|aborted)|no such host|name resolution|server misbehaving|i\/o timeout|timeout awaiting|timeout exceeded|handshake timeout|deadline exceeded|\bEOF\b|(network|host) is (unreachable|down)|no route to host|broken pipe|connection broken|GOAWAY/i,
  ],
  ['registry-outage', /x509:|\btls: |remote error: tls|server gave HTTP response to HTTPS client/i],
  ['registry-outage', foreignPage],
  // The same by the graph driver's words, or half an answer of the registry.
  [
    'registry-outage',
    /error unmarshalling content|invalid character|unexpected end of JSON input|malformed HTTP/i,
  ],
]

const rest: Phrases = [
  ['pull-failed', /failed to unpack image/i],
  ['registry-not-found', /not found|does not exist/i],
]

/** An outage by its status alone is one where nothing speaks against it. */
const byStatus: Record<number, Verdict> = {
  401: 'registry-denied',
  403: 'registry-denied',
  404: 'registry-not-found',
  429: 'registry-outage',
  503: 'registry-outage',
}

/** Tells what a failed pull means. Words that nobody knows are a failure of the pull, never an outage by guess. */
export function judgePull({ status, words, road }: PullWords): Verdict {
  const told = road === 'status' ? byStatus[status] : undefined
  const refused = told === 'registry-denied' || (told === 'registry-not-found' && !foreignPage.test(words))
  const known = find(refusals, words) ?? (refused ? told : find(outages, words)) ?? find(rest, words)
  return known ?? told ?? 'pull-failed'
}

function find(phrases: Phrases, words: string): Verdict | undefined {
  return phrases.find(([, pattern]) => pattern.test(words))?.[0]
}

/** The registry's status as an Engine passes it on: by its own words, or behind the request's address. */
function httpStatus(codes: string): RegExp {
  const reasons = 'unauthorized|forbidden|not found|too many|internal server|bad gateway|service|gateway'
  const before = 'status:?|status code(?: \\S+)?|HTTP|StatusCode:|registry|request to(?: \\S+)?'
  return new RegExp(`\\b(?:${before}) (?:${codes})\\b|\\b(?:${codes}) \\(?(?:${reasons})`, 'i')
}
