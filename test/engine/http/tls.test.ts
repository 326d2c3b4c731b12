import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createServer as createTls } from 'node:tls'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { engineAt } from '../../support/engines.ts'
import { engineError, exposure } from '../../support/errors.ts'

let folder: string
const file = (name: string) => join(folder, name)
const pem = (name: string) => readFileSync(file(name))

/** An authority, and what it signs: the Engine's certificate for 127.0.0.1, and the client's. */
function makeCertificates(): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca-key.pem',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=authority',
  )
  for (const [key, certificate, san] of [
    ['server-key.pem', 'server.pem', 'IP:127.0.0.1'],
    ['key.pem', 'cert.pem', 'DNS:client'],
    ['other-key.pem', 'other.pem', 'DNS:elsewhere'],
  ] as const) {
    openssl(
      'req',
      ...newKey,
      '-keyout',
      key,
      '-out',
      'request.pem',
      '-subj',
      '/CN=x',
      '-addext',
      `subjectAltName=${san}`,
    )
    openssl(
      'x509',
      '-req',
      '-in',
      'request.pem',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca-key.pem',
      '-CAcreateserial',
      '-copy_extensions',
      'copy',
      '-days',
      '2',
      '-out',
      certificate,
    )
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'))
  makeCertificates()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function secure(certificate = 'server', options: object = {}): Promise<string> {
  const material = { key: pem(`${certificate}-key.pem`), cert: pem(`${certificate}.pem`), ca: pem('ca.pem') }
  const server = createHttps(
    { ...material, ...options },
    (_, response) => void response.setHeader('Api-Version', '1.44').end(),
  )
  return listening(server)
}

const env = (more: NodeJS.ProcessEnv = {}) => ({ DOCKER_CERT_PATH: folder, DOCKER_TLS_VERIFY: '1', ...more })

test('the authority and the certificate of DOCKER_CERT_PATH are used', async () => {
  const host = await secure('server', { requestCert: true })
  expect(await engineAt(`tcp://${host}`, env()).apiVersion()).toBe('1.44')
})

test('a certificate that the authority did not sign', async () => {
  const host = await secure()
  const error = await engineError(engineAt(`https://${host}`).apiVersion())
  expect(error).toMatchObject({
    code: 'tls',
    kind: 'engine-unreachable',
    hint: expect.stringContaining('ca.pem'),
  })
  expect(error.message).toMatch(/TLS failed \([^\n]+\)$/)
})

test('a certificate for another host', async () => {
  const host = await secure('other')
  expect(await engineError(engineAt(`tcp://${host}`, env()).apiVersion())).toMatchObject({
    code: 'tls',
    cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  })
})

test('DOCKER_TLS without DOCKER_TLS_VERIFY takes any certificate', async () => {
  const host = await secure('other')
  const engine = engineAt(`tcp://${host}`, env({ DOCKER_TLS_VERIFY: '', DOCKER_TLS: '1' }))
  expect(await engine.apiVersion()).toBe('1.44')
})

test('HTTP spoken to a port of TLS', async () => {
  const host = await secure()
  const error = await engineError(engineAt(`tcp://${host}`).apiVersion())
  expect(error.kind).toBe('engine-unreachable')
  expect(error.code).toMatch(/^(not-http|connection-lost)$/)
})

test("HTTP spoken to a port of Go's TLS, which answers in HTTP", async () => {
  const words = 'Client sent an HTTP request to an HTTPS server.'
  const server = createHttp((_, response) => void response.writeHead(400).end(`${words}\n`))
  const host = await listening(server)
  const error = await engineError(engineAt(`tcp://${host}`, { DOCKER_API_VERSION: '1.41' }).system.info())
  expect(error).toMatchObject({ code: 'tls', status: 400, engineMessage: words })
})

test('TLS spoken to a plain port', async () => {
  const host = await listening(createHttp((_, response) => void response.end()))
  const error = await engineError(engineAt(`https://${host}`).apiVersion())
  expect(error).toMatchObject({ code: 'tls', kind: 'engine-unreachable' })
  expect(error.message).not.toContain('\n')
})

test('a certificate of the client that the Engine does not take', async () => {
  const host = await secure('server', { requestCert: true, rejectUnauthorized: true, ca: pem('other.pem') })
  const error = await engineError(engineAt(`tcp://${host}`, env()).apiVersion())
  expect(error.kind).toBe('engine-unreachable')
  expect(`${error.code} ${error.hint}`).toMatch(/^tls |certificate/)
})

test('a dialed connection is one of TLS, of which one half can be closed', async () => {
  let heard = ''
  const options = { key: pem('server-key.pem'), cert: pem('server.pem'), allowHalfOpen: true }
  const server = createTls(options, socket => {
    socket.setEncoding('utf8').on('data', chunk => {
      heard += chunk
    })
    socket.on('end', () => socket.end('behind it'))
  })
  const engine = engineAt(`tcp://${await listening(server)}`, env())
  onTestFinished(() => engine.close())
  const socket = await engine.dial()
  socket.end('all of it')
  expect(await text(socket)).toBe('behind it')
  expect(heard).toBe('all of it')
})

test('no connection is dialed to a certificate that is not trusted', async () => {
  const host = await secure()
  const engine = engineAt(`https://${host}`)
  onTestFinished(() => engine.close())
  expect(await engineError(engine.dial())).toMatchObject({ code: 'tls', kind: 'engine-unreachable' })
})

test.each(['text', 'bytes'])('certificates as %s', async form => {
  const host = await secure('server', { requestCert: true, rejectUnauthorized: true })
  const given = (name: string) => (form === 'text' ? pem(name).toString() : pem(name))
  const tls = { ca: given('ca.pem'), cert: given('cert.pem'), key: given('key.pem') }
  const engine = connect({ host: `tcp://${host}`, tls, env: {} })
  onTestFinished(() => engine.close())
  expect(await engine.apiVersion()).toBe('1.44')
})

test('what may be a key is not quoted, and the path of a file is', async () => {
  const base64 = pem('key.pem').toString().split('\n').slice(1, -2)
  for (const key of [base64.join('\n'), base64.join(''), '/no/such/key.pem']) {
    const engine = connect({ host: 'tcp://127.0.0.1:1', tls: { key }, env: {} })
    onTestFinished(() => engine.close())
    const error = await engineError(engine.apiVersion())
    expect(error.message).toContain(key.includes('.') ? key : 'of tls.key')
    expect(exposure(error)).not.toContain(base64[0])
  }
})

test('a certificate file that is a FIFO', async () => {
  execFileSync('mkfifo', [file('fifo.pem')])
  const engine = connect({ host: 'tcp://127.0.0.1:1', tls: { ca: file('fifo.pem') }, env: {} })
  onTestFinished(() => engine.close())
  expect(await engineError(engine.apiVersion())).toMatchObject({
    code: 'tls',
    message: expect.stringContaining('not a regular file'),
  })
})
