import { describe, expect, test } from 'vitest'
import { judgePull, type PullWords } from '../../../src/run/image/verdict.ts'
import { random, tries } from '../../support/random.ts'

const ref = 'reg.example:5000/team/app'
const v2 = `https://reg.example:5000/v2/`
const manifest = `${v2}team/app/manifests/1`

// The stream's own status is always 200.
function judge(status: number, words: string) {
  return judgePull({ status, words, road: status === 200 ? 'stream' : 'status' })
}

describe('a refusal, by whatever road and status', () => {
  test.each<[status: number, words: string]>([
    // dockerd 20.10
    [500, `Head "${manifest}": no basic auth credentials`],
    [500, `Head "${manifest}": unauthorized: authentication required`],
    [500, 'unauthorized: incorrect username or password'],
    [
      404,
      `pull access denied for ${ref}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
    ],
    [500, 'error parsing HTTP 403 response body: unexpected end of JSON input: ""'],
    // 28.5
    [401, 'unauthorized: authentication required'],
    [401, ''],
    [403, ''],
    // containerd's store
    [
      500,
      `failed to resolve reference "${ref}:1": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`,
    ],
    [
      500,
      `unknown: failed to resolve reference "${ref}:1": unexpected status from HEAD request to ${manifest}: 401 Unauthorized`,
    ],
    [
      500,
      `failed to resolve reference "${ref}:1": unexpected status from HEAD request to ${manifest}: 403 Forbidden`,
    ],
    [500, 'initializing source: StatusCode: 403, "<html>..."'],
    [500, `Get "${v2}": remote error: tls: certificate required`],
    [403, 'error from registry: requested access to the resource is denied'],
    // a token server: an identity token that is over
    [500, 'invalid_grant: refresh token expired'],
    [
      500,
      'failed to fetch oauth token: unexpected status from POST request to http://auth.example/token: 400 Bad Request',
    ],
    [404, 'pull access denied, repository does not exist or may require authorization'],
    // in the stream, of a layer
    [200, 'unauthorized: authentication required'],
    [200, `error pulling image configuration: download failed after attempts=1: denied`],
  ])('%i %s', (status, words) => {
    expect(judge(status, words)).toBe('registry-denied')
  })
})

describe('not there', () => {
  test.each<[status: number, words: string]>([
    [404, `manifest for ${ref}:1 not found: manifest unknown: manifest unknown`],
    [404, `failed to resolve reference "${ref}:1": ${ref}:1: not found`],
    [404, 'name unknown: repository name not known to registry'],
    [500, 'manifest unknown'],
    [200, 'manifest unknown: manifest unknown'],
    [404, ''],
  ])('%i %s', (status, words) => {
    expect(judge(status, words)).toBe('registry-not-found')
  })
})

describe('an outage', () => {
  test.each<[status: number, words: string]>([
    [500, `Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused`],
    [500, `Get "${v2}": read tcp 172.17.0.1:4022->10.0.0.1:5000: read: connection reset by peer`],
    [500, `Get "${v2}": dial tcp: lookup reg.example on 127.0.0.53:53: no such host`],
    [500, `Get "${v2}": dial tcp: lookup reg.example: Temporary failure in name resolution`],
    [500, `Get "${v2}": dial tcp: lookup reg.example: server misbehaving`],
    [500, `Get "${v2}": EOF`],
    [500, `Get "${v2}": unexpected EOF`],
    [500, `Get "${v2}": dial tcp 10.0.0.1:5000: i/o timeout`],
    [500, `Get "${v2}": dial tcp 10.0.0.1:5000: connect: connection timed out`],
    [500, `Get "${v2}": dial tcp 10.0.0.1:5000: connect: no route to host`],
    [500, `Get "${v2}": dial tcp 10.0.0.1:5000: connect: network is unreachable`],
    [500, `Get "${v2}": net/http: TLS handshake timeout`],
    [
      500,
      `Get "${v2}": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)`,
    ],
    [500, `Get "${v2}": context deadline exceeded`],
    [500, `Get "${v2}": http: server gave HTTP response to HTTPS client`],
    [500, `Get "${v2}": x509: certificate signed by unknown authority`],
    [
      500,
      `Get "${v2}": tls: failed to verify certificate: x509: certificate has expired or is not yet valid`,
    ],
    [500, `failed to do request: Head "${manifest}": dial tcp 10.0.0.1:5000: connect: connection refused`],
    [500, 'net/http: timeout awaiting response headers'],
    [500, 'received unexpected HTTP status: 500 Internal Server Error'],
    [500, 'received unexpected HTTP status: 502 Bad Gateway'],
    [500, 'received unexpected HTTP status: 503 Service Unavailable'],
    [500, 'received unexpected HTTP status: 504 Gateway Timeout'],
    [500, 'received unexpected HTTP status: 520 '],
    [500, `unexpected status from HEAD request to ${manifest}: 503 Service Unavailable`],
    [500, `unexpected status from HEAD request to ${manifest}: 429 Too Many Requests`],
    [200, `failed to copy: httpReadSeeker: failed open: unexpected status code ${v2}: 520 <none>`],
    [500, 'initializing source: StatusCode: 502, "<html>..."'],
    [500, 'toomanyrequests: You have reached your pull rate limit.'],
    [500, 'error parsing HTTP 429 response body: invalid character'],
    [500, "error unmarshalling content: invalid character '<' looking for beginning of value"],
    [200, `failed to unpack: unexpected media type text/html for sha256:0: not found`],
    [404, `failed to unpack: unexpected media type text/html for sha256:0: not found`],
    [429, ''],
    [503, ''],
    [503, 'unavailable: service unavailable'],
    // in the stream, of a layer, after the Engine's own retries
    [200, `error pulling image configuration: Get "${v2}": EOF`],
    [200, 'unexpected EOF'],
    [200, 'received unexpected HTTP status: 503 Service Unavailable'],
  ])('%i %s', (status, words) => {
    expect(judge(status, words)).toBe('registry-outage')
  })
})

describe('the Engine’s own trouble', () => {
  test.each<[status: number, words: string]>([
    [
      200,
      'failed to register layer: ApplyLayer exit status 1 stdout:  stderr: write /bin/sh: no space left on device',
    ],
    [500, 'write /var/lib/docker/tmp/GetImageBlob1: no space left on device'],
    [500, 'mkdir /var/lib/docker/tmp: read-only file system'],
    [500, 'write /var/lib/docker/x: disk quota exceeded'],
    [200, 'filesystem layer verification failed for digest sha256:0'],
    [200, 'failed commit on ref "layer-sha256:0": unexpected commit digest sha256:1, expected sha256:0'],
    [200, 'failed size validation: 12 != 34: failed precondition'],
    [200, ''],
    [500, ''],
    [500, 'something that nobody has said before'],
    [400, 'invalid reference format'],
  ])('%i %s', (status, words) => {
    expect(judge(status, words)).toBe('pull-failed')
  })
})

describe('another platform', () => {
  test.each<[status: number, words: string]>([
    [200, 'no matching manifest for linux/arm64/v8 in the manifest list entries'],
    [
      404,
      'no matching manifest for linux/arm64 in the manifest list entries: no match for platform: not found',
    ],
    [
      404,
      'image with reference bb:1 was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64',
    ],
    [404, 'image with reference bb:1 was found but does not provide the specified platform (linux/arm64)'],
  ])('%i %s', (status, words) => {
    expect(judge(status, words)).toBe('image-mismatch')
  })
})

describe('a refusal is no outage', () => {
  test.each([
    // Both at once: some proxy's words around the registry's.
    [500, 'unauthorized: authentication required (502 Bad Gateway)'],
    [500, `Get "${v2}": connection reset by peer: denied: requested access to the resource is denied`],
    [503, 'denied: your account is suspended'],
  ])('%i %s', (status, words) => {
    expect(judge(status, words)).toBe('registry-denied')
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
    "error unmarshalling content: invalid character '<' looking for beginning of value",
  ]
  const noise = [
    'failed to resolve reference',
    'Get',
    'unknown',
    'failed to copy',
    '(attempt 3)',
    '200',
    'ключ',
    '"',
    '',
  ]
  const roads = ['status', 'stream'] as const
  const statuses = [200, 400, 401, 403, 404, 429, 500, 502, 503, 504]

  function draw(seed: number, parts: readonly string[][]): PullWords {
    const below = random(seed)
    const pick = <T>(from: readonly T[]) => from[below(from.length)] as T
    const chosen = parts.map(pick)
    for (let at = below(5); at > 0; at--) chosen.splice(below(chosen.length + 1), 0, pick(noise))
    const shuffled = chosen.map(part => [below(2 ** 16), part] as const).sort(([one], [other]) => one - other)
    const words = shuffled.map(([, part]) => part).join(pick([': ', ' ', '\n', ', ']))
    return { words, status: pick(statuses), road: pick(roads) }
  }

  const seeds = Array.from({ length: tries }, (_, seed) => seed)

  test('a refusal among outages is a refusal', () => {
    for (const seed of seeds) {
      const said = draw(seed, [refusals, outages, outages, outages])
      expect(['registry-denied', 'registry-not-found'], JSON.stringify(said)).toContain(judgePull(said))
    }
  })

  test('outages alone are one, unless the status refuses', () => {
    for (const seed of seeds) {
      const said = draw(seed, [outages, outages])
      const refused = said.road === 'status' && [401, 403, 404].includes(said.status)
      expect(judgePull(said) !== 'registry-outage', JSON.stringify(said)).toBe(refused)
    }
  })

  test('any text at all is judged, and never an outage by guess', () => {
    for (const seed of seeds) {
      const below = random(seed)
      const words = String.fromCharCode(...Array.from({ length: below(200) }, () => below(2 ** 16)))
      expect(judgePull({ words, status: 500, road: 'status' }), JSON.stringify(words)).toBe('pull-failed')
    }
  })

  test('what nobody knows is no outage', () => {
    for (const seed of seeds) {
      const said = { ...draw(seed, [noise, noise]), status: 500 }
      expect(judgePull(said), JSON.stringify(said)).toBe('pull-failed')
    }
  })
})

test.each([
  'rpc error: code = Unavailable desc = connection error: desc = "transport: error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
  'dial unix /run/containerd/containerd.sock: connect: connection refused',
])('trouble of the Engine’s own is no outage of a registry: %s', words => {
  expect(judge(500, words)).toBe('pull-failed')
})

test('of a token server that is not where the registry says: neither not-found nor an outage', () => {
  const words =
    'failed to fetch oauth token: unexpected status from GET request to http://auth.example/token: '
  expect(judge(500, `${words}404 Not Found`)).toBe('pull-failed')
  expect(judge(500, `${words}503 Service Unavailable`)).toBe('registry-outage')
  expect(judge(500, 'error from registry: unavailable\nunavailable')).toBe('registry-outage')
})
