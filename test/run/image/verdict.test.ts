import { describe, expect, test } from 'vitest'
import { judgePull, type PullWords, type Verdict, verdicts } from '../../../src/run/image/verdict.ts'
import { random, tries } from '../../support/random.ts'

// The stream's own status is always 200.
function judge(status: number, words: string) {
  return judgePull({ status, words, via: status === 200 ? 'stream' : 'status' })
}

/** Linux's messages for the errors of a connection. */
const errnos = [
  'permission denied',
  'operation not permitted',
  'network is unreachable',
  'network is down',
  'no route to host',
  'host is down',
  'connection refused',
  'connection reset by peer',
  'connection timed out',
  'software caused connection abort',
  'network dropped connection on reset',
  'machine is not on the network',
  'device or resource busy',
  'invalid argument',
  'cannot assign requested address',
  'no buffer space available',
  'protocol error',
]

describe('what Go prints of a connection', () => {
  const url = 'Get "":'
  const alerts = [
    'close notify',
    'unexpected message',
    'bad record MAC',
    'record overflow',
    'handshake failure',
    'illegal parameter',
    'error decoding message',
    'error decrypting message',
    'protocol version not supported',
    'insufficient security level',
    'internal error',
    'unrecognized name',
    'no application protocol',
    'alert(115)',
  ]

  test.each<[source: string, verdict: Verdict, messages: string[]]>([
    ['net', 'outage', errnos.map(errno => `${url} dial tcp connect: ${errno}`)],
    ['net, reading', 'outage', errnos.map(errno => `read tcp read: ${errno}`)],
    ['net, writing', 'outage', [...errnos, 'broken pipe'].map(errno => `write tcp write: ${errno}`)],
    ['net, of DNS', 'outage', errnos.map(errno => `dial tcp: lookup on dial udp connect: ${errno}`)],
    [
      'net, of names',
      'outage',
      [
        'no such host',
        'server misbehaving',
        'no answer from DNS server',
        'lame referral',
        'cannot unmarshal DNS message',
        'i/o timeout',
        'Temporary failure in name resolution',
      ].map(words => `${url} dial tcp: lookup on ${words}`),
    ],
    [
      'net, io and context',
      'outage',
      [
        'dial tcp i/o timeout',
        'read tcp i/o timeout',
        'EOF',
        'unexpected EOF',
        'context deadline exceeded',
        'context canceled',
        'operation was canceled',
        'dial tcp operation was canceled',
        'use of closed network connection',
        'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        'net/http: request canceled (Client.Timeout or context cancellation while reading body)',
        'dial tcp: address registry: missing port in address',
      ].map(words => `${url} ${words}`),
    ],
    [
      'net/http',
      'outage',
      [
        'net/http: TLS handshake timeout',
        'net/http: timeout awaiting response headers',
        'net/http: request canceled while waiting for connection',
        'net/http: HTTP/1.x transport connection broken: malformed HTTP response "\\x15"',
        'net/http: server response headers exceeded 10485760 bytes; aborted',
        'net/http: cannot rewind body after connection loss',
        'http: server closed idle connection',
        'malformed HTTP version "ICY"',
        'malformed HTTP status code "ready"',
        'malformed chunked encoding',
        'invalid byte in chunk length',
        'http: unexpected EOF reading trailer',
        'stopped after 10 redirects',
      ].map(words => `${url} ${words}`),
    ],
    [
      'http2',
      'outage',
      [
        'http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug=""',
        'http2: client connection lost',
        'http2: client connection force closed via ClientConn.Close',
        'http2: timeout awaiting response headers',
        'stream error: stream ID 7; INTERNAL_ERROR; received from peer',
        'stream error: stream ID 7; REFUSED_STREAM',
        'connection error: PROTOCOL_ERROR',
        'connection exceeded flow control window size',
      ].map(words => `${url} ${words}`),
    ],
    ['crypto/tls, of the registry', 'outage', alerts.map(alert => `${url} remote error: tls: ${alert}`)],
    [
      'crypto/tls, of certificates of the Engine',
      'client-certificate',
      [
        'bad certificate',
        'unsupported certificate',
        'revoked certificate',
        'expired certificate',
        'unknown certificate',
        'unknown certificate authority',
        'certificate required',
        'access denied',
      ].map(alert => `${url} remote error: tls: ${alert}`),
    ],
    [
      'crypto/tls, by itself',
      'outage',
      [
        'tls: server selected unsupported protocol version 301',
        'tls: handshake failure',
        'tls: no supported versions satisfy MinVersion and MaxVersion',
        'tls: received unexpected handshake message of type *tls.serverHelloMsg when waiting for *tls.finishedMsg',
        'local error: tls: bad record MAC',
      ].map(words => `${url} ${words}`),
    ],
    [
      'crypto/x509',
      'untrusted',
      [
        'x509: certificate signed by unknown authority',
        'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
        "x509: cannot validate certificate for because it doesn't contain any IP SANs",
        'x509: certificate relies on legacy Common Name field, use SANs instead',
        'x509: certificate is not authorized to sign other certificates',
        'x509: a root or intermediate certificate is not authorized to sign for this name: reg',
      ].map(words => `${url} ${words}`),
    ],
    [
      'net/http and crypto/tls, of a server without TLS',
      'plain-http',
      [
        'tls: first record does not look like a TLS handshake',
        'http: server gave HTTP response to HTTPS client',
      ].map(words => `${url} ${words}`),
    ],
    [
      'net/http, of a proxy',
      'proxy',
      [
        'Service Unavailable',
        'Bad Gateway',
        'Gateway Timeout',
        'Proxy Authentication Required',
        'Forbidden',
        'Unauthorized',
        'Not Found',
        "I'm a teapot",
        'unknown status code',
        'proxyconnect tcp: dial tcp connect: connection refused',
        'proxyconnect tcp: dial tcp: lookup on no such host',
        'proxyconnect tcp: tls: first record does not look like a TLS handshake',
        'proxyconnect tcp: x509: certificate signed by unknown authority',
        'socks connect tcp connection not allowed by ruleset',
        'socks connect tcp username/password authentication failed',
        'socks connect tcp EOF',
      ].map(words => `${url} ${words}`),
    ],
    [
      'all, of a proxy for plain HTTP',
      'proxy',
      [
        'error parsing HTTP 407 response body: invalid character',
        'unexpected status from HEAD request to 407 Proxy Authentication Required',
        'invalid status code from registry 407 (Proxy Authentication Required)',
      ],
    ],
  ])('%s: %s', (_, verdict, messages) => {
    for (const words of messages) {
      for (const around of [words, `failed to resolve reference "": failed to do request: ${words}`])
        expect(judge(500, around), around).toBe(verdict)
    }
  })
})

// Beside what real Engines said in pull-failures.json: pull-failure-captured.test.ts judges that.
describe('what registries and clients say', () => {
  test.each<[verdict: Verdict, status: number, words: string]>([
    // By the status alone.
    ['denied', 401, ''],
    ['denied', 403, ''],
    ['not-found', 404, ''],
    ['outage', 429, ''],
    ['outage', 503, ''],
    ['denied', 500, 'initializing source: StatusCode: 403, "<html>..."'],
    ['denied', 500, 'invalid_grant: refresh token expired'],
    [
      'denied',
      500,
      'failed to fetch oauth token: unexpected status from POST request to http://auth.example/token: 400 Bad Request',
    ],
    ['not-found', 404, 'name unknown: repository name not known to registry'],
    ['not-found', 500, 'manifest unknown'],
    [
      'outage',
      200,
      'failed to copy: httpReadSeeker: failed open: unexpected status code https://r/v2/: 520 <none>',
    ],
    ['outage', 500, 'initializing source: StatusCode: 502, "<html>..."'],
    ['outage', 500, 'error parsing HTTP 429 response body: invalid character'],
    ['outage', 503, 'unavailable: service unavailable'],
    ['engine', 200, 'failed to register layer: write /bin/sh: no space left on device'],
    ['engine', 500, 'mkdir /var/lib/docker/tmp: read-only file system'],
    ['engine', 500, 'write /var/lib/docker/x: disk quota exceeded'],
    ['engine', 200, 'failed size validation: 12 != 34: failed precondition'],
    [
      'mismatch',
      404,
      'image with reference bb:1 was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64',
    ],
    [
      'mismatch',
      404,
      'image with reference bb:1 was found but does not provide the specified platform (linux/arm64)',
    ],
    ['page', 500, 'error parsing HTTP 404 response body: invalid character \'<\': "<!DOCTYPE html>"'],
    ['page', 500, 'unknown: <!DOCTYPE html><html>'],
    ['page', 404, 'failed to unpack: unexpected media type text/html for sha256:0: not found'],
    [
      'page',
      500,
      'Head "": unable to decode token response: invalid character \'<\' looking for beginning of value',
    ],
    ['outage', 500, 'Head "": unable to decode token response: unexpected EOF'],
    ['denied', 500, 'error parsing HTTP 403 response body: invalid character \'<\': "<!DOCTYPE html>"'],
    ['incomplete', 200, 'unknown blob'],
    ['incomplete', 200, 'error pulling image configuration: download failed after attempts=1: unknown blob'],
    ['incomplete', 404, 'could not fetch content descriptor sha256:0 (x/y) from remote: not found'],
    [
      'incomplete',
      200,
      'reading blob sha256:0: Error fetching blob: invalid status code from registry 404 (Not Found)',
    ],
    ['refused', 500, 'unknown: The image is quarantined'],
    ['refused', 500, 'error parsing HTTP 412 response body: unexpected end of JSON input: ""'],
    ['refused', 500, 'unsupported: The operation is unsupported.'],
    ['refused', 500, 'name invalid: invalid repository name'],
    ['refused', 500, 'manifest invalid: manifest invalid'],
    ['refused', 400, 'invalid reference format'],
    ['refused', 409, ''],
    ['outage', 500, 'unavailable: service unavailable'],
    ['outage', 500, 'error parsing HTTP 425 response body: unexpected end of JSON input: ""'],
    ['unknown', 500, 'unknown: failed to resolve reference "": something new'],
    ['unknown', 500, 'error from registry: unknown error'],
    ['unknown', 500, 'something that no source prints'],
    ['unknown', 500, 'device or resource busy'],
    ['unknown', 200, ''],
    ['unknown', 500, ''],
    ['engine', 200, 'failed to register layer: rename /a /b: device or resource busy'],
    ['engine', 500, 'dial tcp: lookup reg: socket: too many open files'],
    ['engine', 500, 'failed to prepare extraction snapshot "extract-1": context deadline exceeded'],
    ['engine', 500, 'failed to open writer: context canceled'],
    ['engine', 500, 'mkdir /var/lib/docker/tmp: permission denied'],
    ['engine', 500, 'unable to load CA cert "/etc/docker/certs.d/reg/ca.crt"'],
    ['engine', 400, 'Docker Image Format v1 support has been removed.'],
    ['incomplete', 404, 'failed to copy: httpReadSeeker: failed open: content at not found: not found'],
    ['refused', 500, 'failed to resolve reference "": failed to find supported auth scheme: not implemented'],
    ['refused', 500, 'Get "": no supported grant type'],
    ['denied', 500, 'failed to handle basic auth because missing username or secret'],
    ['mismatch', 500, 'snapshotter overlayfs does not support platform linux/arm64 for image sha256:0'],
    ['engine', 404, 'failed to resolve reference "": no resolve hosts: not found'],
    ['engine', 500, 'Get "https:/v2/": http: no Host in request URL'],
    ['engine', 404, 'rejecting 9437184 byte manifest for: not found'],
    ['engine', 500, 'mismatched image rootfs and manifest layers'],
    ['engine', 403, 'authorization denied by plugin authz: no pulls on Sundays'],
    ['engine', 500, 'plugin authz failed with error: AuthZPlugin.AuthZReq: no such host'],
    ['engine', 400, 'missing client certificate client.cert for key client.key'],
    ['engine', 500, 'Source image rejected: A signature was required, but no signature exists'],
    ['engine', 500, 'registry is blocked in /etc/containers/registries.conf'],
  ])('%s: %i %s', (verdict, status, words) => {
    expect(judge(status, words)).toBe(verdict)
  })
})

describe('a refusal is no outage', () => {
  test.each([
    // Both at once: some proxy's words around the registry's.
    [500, 'unauthorized: authentication required (502 Bad Gateway)'],
    [
      500,
      'Get "https://reg.example:5000/v2/": connection reset by peer: denied: requested access to the resource is denied',
    ],
    [503, 'denied: your account is suspended'],
  ])('%i %s', (status, words) => {
    expect(judge(status, words)).toBe('denied')
  })
})

describe('mixed at random', () => {
  const refusals = [
    'unauthorized: authentication required',
    'no basic auth credentials',
    'denied: requested access to the resource is denied',
    'unexpected status from HEAD request to 403 Forbidden',
    'invalid status code from registry 401 (Unauthorized)',
    'StatusCode: 403, "<html>"',
    'error parsing HTTP 404 response body',
    'manifest unknown: manifest unknown',
    'name unknown: repository name not known to registry',
    'pull access denied, repository does not exist or may require authorization',
    'invalid username/password',
  ]
  const outages = [
    'connect: connection refused',
    'read: connection reset by peer',
    'no such host',
    'i/o timeout',
    'EOF',
    'context deadline exceeded',
    'received unexpected HTTP status: 502 Bad Gateway',
    'unexpected status from GET request to 503 Service Unavailable',
    'toomanyrequests: toomanyrequests',
    'too many requests to registry',
    'x509: certificate signed by unknown authority',
    'http: server gave HTTP response to HTTPS client',
    'error unmarshalling content: unexpected end of JSON input',
  ]
  const noise = [
    'failed to resolve reference',
    'Get',
    '(unknown)',
    'failed to copy',
    '(attempt 3)',
    '200',
    'ключ',
    '"',
    '',
  ]
  const ways = ['status', 'stream'] as const
  const statuses = [200, 400, 401, 403, 404, 429, 500, 502, 503, 504]

  function draw(seed: number, parts: readonly string[][]): PullWords {
    const below = random(seed)
    const pick = <T>(from: readonly T[]) => from[below(from.length)] as T
    const chosen = parts.map(pick)
    for (let at = below(5); at > 0; at--) chosen.splice(below(chosen.length + 1), 0, pick(noise))
    const shuffled = chosen.map(part => [below(2 ** 16), part] as const).sort(([one], [other]) => one - other)
    const words = shuffled.map(([, part]) => part).join(pick([': ', ' ', '\n', ', ']))
    return { words, status: pick(statuses), via: pick(ways) }
  }

  const seeds = Array.from({ length: tries }, (_, seed) => seed)

  test('a refusal among outages is a refusal', () => {
    for (const seed of seeds) {
      const said = draw(seed, [refusals, outages, outages, outages])
      expect(['denied', 'not-found'], JSON.stringify(said)).toContain(judgePull(said))
    }
  })

  test('outages alone are one, unless the status refuses', () => {
    for (const seed of seeds) {
      const said = draw(seed, [outages, outages])
      const refused = said.via === 'status' && [401, 403, 404].includes(said.status)
      expect(verdicts[judgePull(said)] !== 'registry-outage', JSON.stringify(said)).toBe(refused)
    }
  })

  test('any text at all is judged, and never a refusal by guess', () => {
    for (const seed of seeds) {
      const below = random(seed)
      const words = String.fromCharCode(...Array.from({ length: below(200) }, () => below(2 ** 16)))
      expect(judgePull({ words, status: 500, via: 'status' }), JSON.stringify(words)).toBe('unknown')
    }
  })

  test('what is in no table is unknown, and counts as an outage', () => {
    for (const seed of seeds) {
      const said = { ...draw(seed, [noise, noise]), status: 500 }
      expect(verdicts[judgePull(said)], JSON.stringify(said)).toBe('registry-outage')
    }
  })
})

test.each([
  'rpc error: code = Unavailable desc = connection error: desc = "transport: error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
  'dial unix /run/containerd/containerd.sock: connect: connection refused',
])('trouble of the Engine’s own is no outage of a registry: %s', words => {
  expect(judge(500, words)).toBe('engine')
})

test('of a token server that is not where the registry says: neither not-found nor an outage', () => {
  const words =
    'failed to fetch oauth token: unexpected status from GET request to http://auth.example/token: '
  expect(judge(500, `${words}404 Not Found`)).toBe('refused')
  expect(judge(500, `${words}503 Service Unavailable`)).toBe('outage')
  expect(judge(500, 'error from registry: unavailable\nunavailable')).toBe('outage')
})
