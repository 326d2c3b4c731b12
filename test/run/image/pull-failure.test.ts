import { describe, expect, test } from 'vitest'
import { CredentialError } from '../../../src/auth/error.ts'
import { EngineError } from '../../../src/engine/error.ts'
import { HoldfastError } from '../../../src/run/failure.ts'
import { pullFailure } from '../../../src/run/image/pull-failure.ts'
import { type ImageName, parseReference } from '../../../src/run/reference.ts'

function name(text: string): ImageName {
  const reference = parseReference(text)
  if (reference.kind === 'id') throw new Error(`${text} is an id`)
  return reference
}

describe('names and addresses say nothing', () => {
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
      engineMessage: `manifest for ${image} not found: manifest unknown: manifest unknown`,
    })
    expect(pullFailure(error, name(image), { source: 'anonymous' })).toMatchObject({
      kind: 'registry-not-found',
    })
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
    const error = new EngineError('status', '', { status, engineMessage: words })
    expect(pullFailure(error, name(image), { source: 'anonymous' })).toMatchObject({ kind })
  })

  test('and an outage is no refusal, whatever the image is called', () => {
    const image = 'reg.example:403/forbidden/denied:401'
    const error = new EngineError('status', '', {
      status: 500,
      engineMessage: `Get "https://reg.example:403/v2/forbidden/denied/manifests/401": EOF`,
    })
    expect(pullFailure(error, name(image), { source: 'anonymous' })).toMatchObject({
      kind: 'registry-outage',
    })
  })
})

test.each([
  ['anonymous', 'No credentials were found for reg.example.'],
  ['config.json', 'The credentials for reg.example came from: config.json.'],
  ['helper pass', 'The credentials for reg.example came from: helper pass.'],
  ['explicit', 'The credentials for reg.example are those of the option credentials.'],
  ['function', 'The credentials for reg.example are those of the option credentials.'],
])('a refusal names the source of the refused credentials: %s', (credentials, told) => {
  const error = new EngineError('status', '', {
    status: 500,
    engineMessage: 'unauthorized: authentication required',
  })
  expect(pullFailure(error, name('reg.example/app:1'), { source: credentials })).toMatchObject({
    kind: 'registry-denied',
    hint: expect.stringContaining(told),
  })
})

test.each([
  ['elsewhere', 'Get "https://denied.example/token": dial tcp: lookup denied.example: no such host'],
  ['elsewhere, without a dot', 'dial tcp: lookup forbidden on 127.0.0.53:53: server misbehaving'],
  ['at a port', 'read tcp 10.0.0.2:403->denied.example:401: read: connection reset by peer'],
  ['of a certificate', 'x509: certificate is valid for forbidden.example, not reg.example'],
])('nor do addresses: %s', (_, words) => {
  const error = new EngineError('status', '', { status: 500, engineMessage: words })
  expect(pullFailure(error, name('reg.example/app:1'), { source: 'anonymous' })).toMatchObject({
    kind: 'registry-outage',
  })
})

// What takes more than linear time for these would take hours.
test.each([
  ' ',
  '!a',
  '!',
  'a.',
  'a:',
  'open ',
  'open',
  'request to ',
  'status: ',
  'connection ',
  '://',
  '\n',
  '403',
  'ы',
])('a megabyte of %j is judged', part => {
  const words = `${part.repeat(2 ** 20 / part.length)}x`
  const error = new EngineError('stream', '', { status: 200, engineMessage: words })
  expect(pullFailure(error, name('reg.example/app:1'), { source: 'anonymous' })).toMatchObject({
    kind: 'registry-outage',
  })
})

describe('the failure', () => {
  const refused = new EngineError('status', 'POST /images/create: 500: unauthorized: no', {
    status: 500,
    engineMessage: 'unauthorized: no',
  })

  test('keeps the Engine’s words and error, and says what to do', () => {
    const failure = pullFailure(refused, name('reg.example/a'), { source: 'config.json' })
    expect(failure).toBeInstanceOf(HoldfastError)
    expect(failure).toMatchObject({
      kind: 'registry-denied',
      message: 'reg.example/a could not be pulled: unauthorized: no',
      engineMessage: 'unauthorized: no',
      hint: expect.stringContaining('config.json'),
      cause: refused,
    })
  })

  test.each(['unauthorized: no', 'manifest unknown', 'no such host'])(
    'names the source that was broken where the registry refuses: %s',
    engineMessage => {
      const error = new EngineError('status', '', { status: 500, engineMessage })
      const broken = new CredentialError('the helper failed', { about: 'reg.example', hint: 'Mend it.' })
      const failure = pullFailure(error, name('reg.example/a'), { source: 'anonymous', broken })
      expect(failure).toMatchObject(
        engineMessage === 'no such host'
          ? { kind: 'registry-outage', cause: error }
          : {
              kind: 'credential-error',
              message: `the helper failed; without credentials, reg.example/a could not be pulled: ${engineMessage}`,
              engineMessage,
              hint: 'Mend it.',
              cause: broken,
            },
      )
    },
  )

  test('without credentials advises to log in there', () => {
    const failure = pullFailure(refused, name('reg.example/a'), { source: 'anonymous' })
    expect(failure).toMatchObject({ hint: expect.stringContaining('docker login reg.example') })
  })

  test.each([
    [
      'Get "https://reg.example/v2/": Proxy Authentication Required',
      'registry-outage',
      "Engine's proxy settings",
    ],
    [
      'Get "https://reg.example/v2/": remote error: tls: bad certificate',
      'registry-denied',
      'certs.d/reg.example/',
    ],
    ['unknown blob', 'registry-outage', 'Push the image again'],
    ['unknown: <!DOCTYPE html><html>', 'registry-outage', 'A web page answered'],
    ['unsupported: no', 'pull-failed', 'reg.example refuses'],
    [
      'Get "https://reg.example/v2/": http: server gave HTTP response to HTTPS client',
      'registry-outage',
      '"insecure-registries": ["reg.example"]',
    ],
    [
      'pinging container registry reg.example: Get "https://reg.example/v2/": tls: first record does not look like a TLS handshake',
      'registry-outage',
      'registries.conf [[registry]] with location = "reg.example"',
    ],
  ])('says what to see to, and nothing of docker login: %s', (engineMessage, kind, hint) => {
    const error = new EngineError('status', '', { status: 500, engineMessage })
    const failure = pullFailure(error, name('reg.example/team/app'), { source: 'anonymous' })
    expect(failure).toMatchObject({ kind, hint: expect.stringContaining(hint) })
    expect(failure).not.toMatchObject({ hint: expect.stringContaining('docker login') })
  })

  test('that time does not heal says what to see to', () => {
    const words = 'Get "https://reg.example/v2/": x509: certificate signed by unknown authority'
    const error = new EngineError('status', '', { status: 500, engineMessage: words })
    expect(pullFailure(error, name('reg.example/a'), { source: 'anonymous' })).toMatchObject({
      kind: 'registry-outage',
      hint: expect.stringContaining('certificate'),
    })
  })

  test('without words shows the request', () => {
    const silent = new EngineError('stream', 'POST /images/create: failed, with no reason given', {
      status: 200,
      engineMessage: '',
    })
    expect(pullFailure(silent, name('a'), { source: 'anonymous' })).toMatchObject({
      kind: 'registry-outage',
      message: 'a could not be pulled: POST /images/create: failed, with no reason given',
      hint: expect.stringContaining('does not know this message'),
    })
  })

  test.each([
    new EngineError('connection-lost', 'gone'),
    new EngineError('bad-answer', 'not JSON'),
    new EngineError('not-an-engine', 'HTML', { status: 404 }),
    new HoldfastError('cancelled', 'enough'),
    new TypeError('a bug'),
  ])('of anything but the Engine’s refusal is that itself: %s', error => {
    expect(pullFailure(error, name('a'), { source: 'anonymous' })).toBe(error)
  })
})
