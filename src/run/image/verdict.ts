import type { FailureKind } from '../failure.ts'

/** The Engine's answer to a pull that failed. */
export interface PullWords {
  /** Of the answer. */
  status: number
  /** Its message, with `"":` in place of a URL. */
  words: string
  /** `status`: the answer was an error. `stream`: the answer began with 200, and the failure came in its stream. */
  via: 'status' | 'stream'
}

/** What a failed pull means, and the kind of the failure. */
export const verdicts = {
  /** Refusals: the registry answered, and does not give this image. */
  denied: 'registry-denied',
  'client-certificate': 'registry-denied',
  'not-found': 'registry-not-found',
  mismatch: 'image-mismatch',
  refused: 'pull-failed',
  /** The Engine's own trouble: its disk, its containerd, an image that it does not take. */
  engine: 'pull-failed',
  /** Outages: the registry could not be asked, or gave no answer. */
  outage: 'registry-outage',
  proxy: 'registry-outage',
  untrusted: 'registry-outage',
  'plain-http': 'registry-outage',
  page: 'registry-outage',
  incomplete: 'registry-outage',
  unknown: 'registry-outage',
} as const satisfies Record<string, FailureKind>

export type Verdict = keyof typeof verdicts

interface Phrase {
  verdict: Verdict
  /** What prints the words. */
  source: string
  words: RegExp
}

/*
 * The Engine answers 500 for nearly everything a registry does, or begins with 200, and one cause comes with other words
 * and statuses from one version to the next: words decide first. The first row that matches decides. No pattern may take
 * more than linear time, for the words may be a megabyte.
 */
const phrases: readonly Phrase[] = [
  {
    verdict: 'mismatch',
    source: 'moby pull_v2.go, image_pull.go; containers/image manifest list',
    words:
      /no matching manifest for|no match for platform|no image found in (manifest list|image index)|does not (match|provide) the specified platform|snapshotter \S+ does not support platform/i,
  },
  // Go's own errors begin with a small letter: after a URL, a capital is the reason phrase of a proxy's answer to CONNECT.
  {
    verdict: 'proxy',
    source: 'net/http transport.go, socks_bundle.go',
    words: /"": (?!EOF\b)[A-Z][^:"]*$|"": unknown status code|\bproxyconnect tcp\b|\bsocks connect tcp\b/,
  },
  {
    verdict: 'proxy',
    source: 'net/http, of a proxy for plain HTTP',
    words: httpStatus('407'),
  },
  // Of a firewall: EACCES by a route, EPERM by a filter.
  {
    verdict: 'outage',
    source: 'net, syscall',
    words: /\b(connect|bind|socket|read|write|send(to|msg)): (permission denied|operation not permitted)/i,
  },
  {
    verdict: 'engine',
    source: 'os, syscall',
    words:
      /no space left on device|disk quota exceeded|read-only file system|input\/output error|no such file or directory|executable file not found|too many open files|cannot allocate memory|structure needs cleaning|stale NFS file handle|file too large|\b(open|mkdir|write|chown|lchown|rename|remove|unlink|lsetxattr) \/[^ ]*( \/[^ ]*)?: /i,
  },
  {
    verdict: 'engine',
    source: 'moby download.go, pull_v2.go, config.go; containers/storage',
    words:
      /failed to register layer|adding layer with blob|filesystem layer verification failed|(image config|manifest) verification failed|could not get decompression stream|layers from manifest don't match|invalid rootfs in image configuration|digest did not match|could not validate layer digest|cannot be used on this platform|cannot download image with operating system/i,
  },
  {
    verdict: 'engine',
    source: 'containerd unpacker.go, content helpers.go, pull.go',
    words:
      /failed to extract layer|extraction snapshot|failed to (stat|commit) snapshot|unexpected commit digest|failed size validation|wrong diff id|layers and diffIDs don't match|unmarshal image config|content store|failed to open writer|failed to lease content|rpc error: code|dial unix |containerd\.sock/i,
  },
  {
    verdict: 'engine',
    source: 'moby errors.go, manifest.go, registry config; containerd hosts.go',
    words:
      /encountered remote |unsupported (manifest|layer|schema|media type application\/vnd\.(cncf|docker\.ai))|no longer supported since|support has been removed|not yet supported by the Engine|is a reserved name|media-type: |(load|read) (CA|CERT|X509)|cert pool|no endpoints found/i,
  },
  {
    verdict: 'engine',
    source: 'containerd image.go, pull.go, resolver.go, fetcher.go, handlers.go',
    words:
      /no (pull|resolve) hosts|no Host in request URL|mismatched image rootfs|apply layer error|unable to (resolve snapshotter|initialize unpacker)|rejecting \d+ byte manifest|content size of zero/i,
  },
  {
    verdict: 'engine',
    source: 'moby authorization plugins, registry certificates; containers/image policy, registries.conf',
    words:
      /authorization denied by plugin|\bplugin \S+ failed with error|missing (key|client certificate) |source image rejected|rejected by policy|is blocked in |digest mismatch, expected|unsupported digest algorithm|\bshort-name\b/i,
  },
  // OAuth's word for a refresh token that is over, and what the containerd store leaves of it.
  {
    verdict: 'denied',
    source: 'a token server; containerd auth/fetch.go',
    words: /invalid_grant|fetch oauth token: [^\n]{0,300} 400 Bad Request/i,
  },
  // The token server's address is wrong: the image was not requested.
  {
    verdict: 'refused',
    source: 'containerd authorizer.go',
    words: /fetch (oauth|anonymous) token: [^\n]{0,300} 404 Not Found/i,
  },
  // A registry says 404 in JSON. With other statuses a page may be a refusal.
  {
    verdict: 'page',
    source: 'docker/distribution client/errors.go; containers/image',
    words: /\b(?:HTTP 404 [^\n]{0,300}|unknown: |StatusCode: 404, "?)<(?:!doctype|html)/i,
  },
  {
    verdict: 'incomplete',
    source: 'docker/distribution errors.go; containerd fetcher.go; containers/image blobs',
    words:
      /unknown blob|blob unknown|content at (\S+ )?not found|could not fetch content (descriptor )?[^\n]{0,300}from remote: not found|(reading blob|image configuration)[^\n]{0,300} 404\b/i,
  },
  { verdict: 'denied', source: 'all, of HTTP', words: httpStatus('40[13]') },
  {
    verdict: 'client-certificate',
    source: 'crypto/tls alert.go, of the registry',
    words: /remote error: tls: [a-z ]*(certificate|access)/i,
  },
  {
    verdict: 'denied',
    source:
      'the codes UNAUTHORIZED and DENIED; distribution session.go; containerd authorizer.go; token servers',
    words:
      /unauthorized|not authorized(?! (?:to sign|for an extended key usage))|no basic auth credentials|missing username or secret|authentication required|authorization failed|(invalid|incorrect) username|\bdenied\b|forbidden/i,
  },
  { verdict: 'not-found', source: 'all, of HTTP', words: httpStatus('404') },
  {
    verdict: 'not-found',
    source: 'the codes MANIFEST_UNKNOWN and NAME_UNKNOWN; moby errors.go',
    words: /manifest unknown|name unknown|repository does not exist/i,
  },
  // Refused for some other reason. 408, 425 and 429 ask to come again.
  { verdict: 'refused', source: 'all, of HTTP', words: httpStatus('4(?!08|25|29)\\d\\d') },
  {
    verdict: 'refused',
    source: 'the other codes of registries',
    words:
      /supported auth scheme|no supported grant type|\b(unsupported|(name|tag|digest|manifest|size|range) invalid|manifest unverified): /i,
  },
  { verdict: 'outage', source: 'all, of HTTP', words: httpStatus('408|425|429|5\\d\\d') },
  {
    verdict: 'outage',
    source: 'the codes TOOMANYREQUESTS and UNAVAILABLE',
    words: /too ?many ?requests|\bunavailable: |error from registry: unavailable\b/i,
  },
  {
    verdict: 'outage',
    source: 'net net.go, dial.go, dnsclient.go; syscall',
    words:
      /\b(dial|read|write) (tcp|udp)\b|\blookup\b|connection (refused|reset|timed out|abort)|no such host|name resolution|server misbehaving|no answer from DNS server|lame referral|DNS message|no suitable address|i\/o timeout|(network|host) is (unreachable|down)|no route to host|machine is not on the network|broken pipe|use of closed network connection|transport endpoint|buffer space|operation was canceled/i,
  },
  {
    verdict: 'outage',
    source: 'net/http transport.go, client.go, transfer.go, chunked.go; bufio, io, context',
    words:
      /timeout awaiting|timeout exceeded|handshake timeout|deadline exceeded|\bEOF\b|connection (broken|loss)|server closed idle connection|request canceled|context canceled|malformed (HTTP|chunked|MIME)|chunk length|response headers exceeded|Content-Length|informational responses|stopped after \d+ redirects/i,
  },
  {
    verdict: 'outage',
    source: 'http2 errors.go, transport.go',
    words: /\bhttp2: |GOAWAY|stream error: stream ID|connection error: [A-Z_]+|flow control window/,
  },
  {
    verdict: 'plain-http',
    source: 'net/http client.go; crypto/tls conn.go',
    words: /server gave HTTP response to HTTPS client|first record does not look like a TLS handshake/i,
  },
  { verdict: 'untrusted', source: 'crypto/x509 verify.go', words: /x509: /i },
  { verdict: 'outage', source: 'crypto/tls', words: /\btls: / },
  // A server that is not a registry. Engine 26.1 answers with status 404.
  {
    verdict: 'page',
    source: 'containerd handlers.go',
    words: /unexpected media type (text\/|application\/json\b)/i,
  },
  { verdict: 'page', source: 'encoding/json, of HTML', words: /invalid character '<'/i },
  {
    verdict: 'outage',
    source: 'encoding/json, of half an answer',
    words: /error unmarshalling content|invalid character|unexpected end of JSON input/i,
  },
  { verdict: 'engine', source: 'containerd pull.go', words: /failed to unpack image/i },
  {
    verdict: 'refused',
    source: 'the code UNKNOWN, which docker/distribution client/errors.go gives any 4xx',
    words: /(?:^|"": |attempts=\d+: )unknown: (?!failed to )/i,
  },
  { verdict: 'not-found', source: 'all', words: /not found|does not exist/i },
]

/**
 * Judges a failed pull. Refusals have a closed vocabulary: the codes of the distribution specification, HTTP's 4xx, and
 * what the clients make of them. Whatever is not among them, and not trouble of the Engine's own, counts as an outage: it is
 * tried again, and lets a local copy run.
 */
export function judgePull({ status, words, via }: PullWords): Verdict {
  const said = phrases.find(phrase => phrase.words.test(words))?.verdict
  const answered = via === 'status' ? byStatus(status) : undefined
  if (said === undefined) return answered ?? 'unknown'
  return verdicts[said] === 'registry-outage' ? orRefused(said, answered) : said
}

/** Words that say more than a status which refuses: it came from a proxy, or is of a part of an image that is there. */
const overruling: Partial<Record<Verdict, readonly Verdict[]>> = {
  denied: ['proxy'],
  'not-found': ['proxy', 'page', 'incomplete'],
}

function orRefused(outage: Verdict, answered: Verdict = outage): Verdict {
  const words = overruling[answered]
  return words === undefined || words.includes(outage) ? outage : answered
}

function byStatus(status: number): Verdict | undefined {
  if (status === 401 || status === 403) return 'denied'
  if (status === 404) return 'not-found'
  if (status === 408 || status === 425 || status === 429 || status === 503) return 'outage'
  return status >= 400 && status < 500 ? 'refused' : undefined
}

/** The registry's status as an Engine passes it on: by its own words, or after the request's address. */
function httpStatus(codes: string): RegExp {
  const reasons = 'unauthorized|forbidden|not found|too many|internal server|bad gateway|service|gateway'
  const before = 'status:?|status code(?: \\S+)?|HTTP|StatusCode:|registry|request to(?: \\S+)?'
  return new RegExp(`\\b(?:${before}) (?:${codes})\\b|\\b(?:${codes}) \\(?(?:${reasons})`, 'i')
}
