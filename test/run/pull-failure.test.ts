import { describe, expect, test } from 'vitest'
import { EngineError } from '../../src/engine/error.ts'
import { Failure } from '../../src/run/failure.ts'
import { judgePull, pullFailure } from '../../src/run/pull-failure.ts'
import { type ImageName, parseReference } from '../../src/run/reference.ts'

const ref = 'reg.example:5000/team/app'
const v2 = `https://reg.example:5000/v2/`
const manifest = `${v2}team/app/manifests/1`

function name(text: string): ImageName {
  const reference = parseReference(text)
  if (reference.kind === 'id') throw new Error(`${text} is an id`)
  return reference
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
    [403, 'error from registry: requested access to the resource is denied'],
    [404, 'pull access denied, repository does not exist or may require authorization'],
    // in the stream, of a layer
    [200, 'unauthorized: authentication required'],
    [200, `error pulling image configuration: download failed after attempts=1: denied`],
  ])('%i %s', (status, words) => {
    expect(judgePull({ status, words })).toBe('registry-denied')
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
    expect(judgePull({ status, words })).toBe('registry-not-found')
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
    [500, 'toomanyrequests: You have reached your pull rate limit.'],
    [500, 'error parsing HTTP 429 response body: invalid character'],
    [500, "error unmarshalling content: invalid character '<' looking for beginning of value"],
    [200, `failed to unpack: unexpected media type text/html for sha256:0: not found`],
    [429, ''],
    [503, ''],
    [503, 'unavailable: service unavailable'],
    // in the stream, of a layer, after the Engine's own retries
    [200, `error pulling image configuration: Get "${v2}": EOF`],
    [200, 'unexpected EOF'],
    [200, 'received unexpected HTTP status: 503 Service Unavailable'],
  ])('%i %s', (status, words) => {
    expect(judgePull({ status, words })).toBe('registry-outage')
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
    expect(judgePull({ status, words })).toBe('pull-failed')
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
    expect(judgePull({ status, words })).toBe('image-mismatch')
  })
})

describe('a refusal is no outage', () => {
  test.each([
    // Both at once: some proxy's words around the registry's.
    [500, 'unauthorized: authentication required (502 Bad Gateway)'],
    [500, `Get "${v2}": connection reset by peer: denied: requested access to the resource is denied`],
    [503, 'denied: your account is suspended'],
  ])('%i %s', (status, words) => {
    expect(judgePull({ status, words })).toBe('registry-denied')
  })

  test.each([
    'reg.example/certificate-renewer:9',
    'certificates.example:5000/app:9',
    'team/x509:9',
    'tools/eof:9',
    'app:eof',
    'certificate',
  ])('whatever the image is called: %s', image => {
    const error = new EngineError('status', '', {
      status: 404,
      words: `manifest for ${image} not found: manifest unknown: manifest unknown`,
    })
    expect(pullFailure(error, name(image), 'anonymous')).toMatchObject({ kind: 'registry-not-found' })
  })

  test.each([
    ['certificate', 500, 'x509: certificate signed by unknown authority', 'registry-outage'],
    ['denied', 401, 'denied: requested access to the resource is denied', 'registry-denied'],
    ['eof', 500, 'Get "https://registry-1.docker.io/v2/eof": EOF', 'registry-outage'],
    ['me/app:503', 500, 'received unexpected HTTP status: 503 Service Unavailable', 'registry-outage'],
    [
      'forbidden.example/a',
      500,
      'dial tcp: lookup forbidden.example on [::1]:53: no such host',
      'registry-outage',
    ],
  ])('nor is the cause lost with the name: %s', (image, status, words, kind) => {
    const error = new EngineError('status', '', { status, words })
    expect(pullFailure(error, name(image), 'anonymous')).toMatchObject({ kind })
  })

  test('and an outage is no refusal, whatever the image is called', () => {
    const image = 'reg.example:403/forbidden/denied:401'
    const error = new EngineError('status', '', {
      status: 500,
      words: `Get "https://reg.example:403/v2/forbidden/denied/manifests/401": EOF`,
    })
    expect(pullFailure(error, name(image), 'anonymous')).toMatchObject({
      kind: 'registry-outage',
    })
  })
})

describe('the failure', () => {
  const refused = new EngineError('status', 'POST /images/create: 500: unauthorized: no', {
    status: 500,
    words: 'unauthorized: no',
  })

  test('keeps the Engine’s words and error, and says what to do', () => {
    const failure = pullFailure(refused, name('reg.example/a'), 'config.json')
    expect(failure).toBeInstanceOf(Failure)
    expect(failure).toMatchObject({
      kind: 'registry-denied',
      message: 'reg.example/a could not be pulled: unauthorized: no',
      words: 'unauthorized: no',
      hint: expect.stringContaining('config.json'),
      cause: refused,
    })
  })

  test('without credentials advises to log in there', () => {
    const failure = pullFailure(refused, name('reg.example/a'), 'anonymous')
    expect(failure).toMatchObject({ hint: expect.stringContaining('docker login reg.example') })
  })

  test('without words shows the request', () => {
    const silent = new EngineError('stream', 'POST /images/create: failed, with no reason given', {
      status: 200,
      words: '',
    })
    expect(pullFailure(silent, name('a'), 'anonymous')).toMatchObject({
      kind: 'pull-failed',
      message: 'a could not be pulled: POST /images/create: failed, with no reason given',
    })
  })

  test.each([
    new EngineError('connection-lost', 'gone'),
    new EngineError('bad-answer', 'not JSON'),
    new EngineError('not-an-engine', 'HTML', { status: 404 }),
    new Failure('cancelled', 'enough'),
    new TypeError('a bug'),
  ])('of anything but the Engine’s refusal is that itself: %s', error => {
    expect(pullFailure(error, name('a'), 'anonymous')).toBe(error)
  })
})
