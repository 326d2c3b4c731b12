import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseAddress } from '../../../src/engine/address/address.ts'
import { EngineError, isConnectionFailure, isStatus } from '../../../src/engine/error.ts'
import { connectionError } from '../../../src/engine/http/connection-error.ts'
import { ByteServer } from '../../support/byte-server.ts'
import { engineAt } from '../../support/engines.ts'
import { engineError } from '../../support/errors.ts'

const request = { method: 'GET', path: '/v1.41/info?secret=hunter2' }
const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code })
const translated = (error: Error, host = 'unix:///run/docker.sock') =>
  connectionError(error, parseAddress(host), request)

test.each([
  ['ENOENT', 'no-socket', 'there is no such socket', 'systemctl status docker'],
  ['ENOTSOCK', 'no-socket', 'it is not a socket', 'DOCKER_HOST'],
  ['EACCES', 'no-permission', 'permission denied', 'group'],
  ['EPERM', 'no-permission', 'permission denied', 'root'],
  ['ECONNREFUSED', 'refused', 'connection refused', 'systemctl status docker'],
  ['ENOTFOUND', 'unknown-host', 'the host name is not known', 'resolver'],
  ['EAI_AGAIN', 'unknown-host', 'could not be looked up', 'resolv.conf'],
  ['EHOSTUNREACH', 'refused', 'no route to the host', 'network'],
  ['ENETUNREACH', 'refused', 'no route to the network', 'network'],
  ['ETIMEDOUT', 'connect-timeout', 'timed out', 'network'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout', 'within 10 s', 'load'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no-answer', 'never answered', 'journalctl'],
  ['UND_ERR_HEADERS_OVERFLOW', 'bad-answer', 'too long', 'DOCKER_HOST'],
  ['EMFILE', 'too-many-files', 'too many files are open', 'ulimit -n'],
  ['ENFILE', 'too-many-files', 'too many files are open', 'ulimit -n'],
  ['ECONNRESET', 'connection-lost', 'broke off', 'journalctl'],
  ['EPIPE', 'connection-lost', 'broke off', 'restarted'],
  ['UND_ERR_SOCKET', 'connection-lost', 'broke off', 'restarted'],
  ['SOMETHING_NEW', 'connection-lost', 'broke off', 'restarted'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', 'TLS failed (x)', 'ca.pem'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls', 'TLS failed (x)', 'ca.pem'],
  ['CERT_HAS_EXPIRED', 'tls', 'TLS failed (x)', 'ca.pem'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'TLS failed (x)', 'ca.pem'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'TLS failed (x)', 'ca.pem'],
  ['EPROTO', 'tls', 'TLS failed (x)', 'ca.pem'],
])('%s is %s', (nodes, code, problem, hint) => {
  const cause = coded(nodes)
  const error = translated(cause)
  expect(error).toMatchObject({ name: 'EngineError', code, request: 'GET /v1.41/info', cause })
  expect(error.kind).toBe(code === 'bad-answer' ? 'engine-error' : 'engine-unreachable')
  expect(error.message).toMatch(/^the Engine at unix:\/\/\/run\/docker\.sock can't be used: /)
  expect(error.message).toContain(problem)
  expect(error.hint).toContain(hint)
})

test('several addresses of a host: the error of the first one', () => {
  const error = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')])
  expect(translated(error)).toMatchObject({ code: 'refused', cause: error })
})

test.each(['connect', 'getaddrinfo'])(
  'an unknown error of %s says that no connection was opened',
  syscall => {
    const cause = Object.assign(coded('EADDRNOTAVAIL'), { syscall })
    expect(translated(cause)).toMatchObject({
      code: 'no-connection',
      kind: 'engine-unreachable',
      message: expect.stringContaining('no connection can be opened (EADDRNOTAVAIL)'),
    })
  },
)

test('an error without a code is a lost connection', () => {
  expect(translated(new Error('x'))).toMatchObject({ code: 'connection-lost' })
  expect(translated(new AggregateError([]))).toMatchObject({ code: 'connection-lost' })
})

test("an error of ours is left alone, ssh's too", () => {
  const error = new EngineError('ssh', 'no route')
  expect(translated(error)).toBe(error)
})

test('what came over the wire in place of HTTP is not kept', () => {
  const error = Object.assign(new Error('Expected HTTP/'), { name: 'HTTPParserError', data: 'hunter2' })
  expect(translated(error)).toMatchObject({ code: 'not-http', cause: { message: 'Expected HTTP/' } })
  expect(translated(error).cause).not.toHaveProperty('data')
  expect(connectionError(error, parseAddress('tcp://h'), request, true)).toMatchObject({
    code: 'connection-lost',
  })
})

describe('predicates', () => {
  const status = new EngineError('status', 'x', { status: 404 })
  test.each([
    [status, 404, true],
    [status, 409, false],
    [new EngineError('stream', 'x', { status: 404 }), 404, false],
    [Object.assign(new Error('x'), { code: 'status', status: 404 }), 404, false],
    [undefined, 404, false],
  ])('isStatus %#', (error, code, expected) => {
    expect(isStatus(error, code)).toBe(expected)
  })

  test.each([
    [new EngineError('connection-lost', 'x'), true],
    [new EngineError('tls', 'x'), true],
    [new EngineError('closed', 'x'), false],
    [status, false],
    [new Error('x'), false],
  ])('isConnectionFailure %#', (error, expected) => {
    expect(isConnectionFailure(error)).toBe(expected)
  })
})

describe('for real', () => {
  const version = (host: string) => engineError(engineAt(host).apiVersion())

  test('a socket that is not there', async () => {
    expect(await version('unix:///no/such.sock')).toMatchObject({
      code: 'no-socket',
      cause: { code: 'ENOENT' },
    })
  })

  test('a file in place of a socket', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-file-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    await writeFile(join(directory, 'docker.sock'), '')
    expect((await version(`unix://${directory}/docker.sock`)).kind).toBe('engine-unreachable')
  })

  test('a socket that an Engine left behind', async () => {
    const server = await ByteServer.start([])
    const { address } = server
    await server[Symbol.asyncDispose]()
    expect(await version(address)).toMatchObject({ code: expect.stringMatching(/^(refused|no-socket)$/) })
  })

  test('a port without a listener', async () => {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const bound = server.address()
    const port = typeof bound === 'object' ? bound?.port : 0
    await new Promise(resolve => server.close(resolve))
    const error = await version(`tcp://127.0.0.1:${port}`)
    expect(error).toMatchObject({ code: 'refused', request: 'HEAD /_ping', cause: { code: 'ECONNREFUSED' } })
    expect(error.message).toContain(`tcp://127.0.0.1:${port}`)
  })

  test('a host that has no address', async () => {
    expect(await version('tcp://no-such-host.invalid:2375')).toMatchObject({ code: 'unknown-host' })
  })
})
