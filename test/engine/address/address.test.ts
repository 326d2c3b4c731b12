import { expect, test } from 'vitest'
import { parseAddress } from '../../../src/engine/address/address.ts'
import { EngineError } from '../../../src/engine/error.ts'
import { engineError, exposure } from '../../support/errors.ts'

const tls = { ca: '/c/ca.pem' }

test.each([
  ['unix:///run/docker.sock', { kind: 'socket', path: '/run/docker.sock' }],
  ['UNIX:///run/docker.sock', { kind: 'socket', path: '/run/docker.sock' }],
  ['npipe:////./pipe/docker_engine', { kind: 'socket', path: '//./pipe/docker_engine' }],
  ['tcp://host', { kind: 'tcp', hostname: 'host', port: 2375, basePath: '' }],
  ['tcp://host/', { kind: 'tcp', hostname: 'host', port: 2375, basePath: '' }],
  ['tcp://host:1234', { kind: 'tcp', hostname: 'host', port: 1234, basePath: '' }],
  ['tcp://host:80', { kind: 'tcp', hostname: 'host', port: 80, basePath: '' }],
  ['tcp://host/docker/', { kind: 'tcp', hostname: 'host', port: 2375, basePath: '/docker' }],
  ['tcp://host/a:80', { kind: 'tcp', hostname: 'host', port: 2375, basePath: '/a:80' }],
  ['tcp://[::1]:1234', { kind: 'tcp', hostname: '[::1]', port: 1234, basePath: '' }],
  ['http://host:80/b', { kind: 'tcp', hostname: 'host', port: 80, basePath: '/b' }],
  ['https://host', { kind: 'tcp', hostname: 'host', port: 2376, basePath: '', tls: {} }],
  ['ssh://host', { kind: 'ssh', hostname: 'host' }],
  ['ssh://me@host:22', { kind: 'ssh', hostname: 'host', user: 'me', port: 22 }],
  ['ssh://me%40x@host', { kind: 'ssh', hostname: 'host', user: 'me@x' }],
  ['ssh://[::1]:2222', { kind: 'ssh', hostname: '::1', port: 2222 }],
  ['ssh://host/run/my%20sock', { kind: 'ssh', hostname: 'host', socket: '/run/my sock' }],
  ['ssh://host/run/user/1/docker.sock', { kind: 'ssh', hostname: 'host', socket: '/run/user/1/docker.sock' }],
  ['unix://', { kind: 'socket', path: '/var/run/docker.sock' }],
  ['tcp://', { kind: 'tcp', hostname: 'localhost', port: 2375, basePath: '' }],
  ['tcp://:2375', { kind: 'tcp', hostname: 'localhost', port: 2375, basePath: '' }],
  ['tcp://:1234/b', { kind: 'tcp', hostname: 'localhost', port: 1234, basePath: '/b' }],
])('reads %s', (text, address) => {
  expect(parseAddress(text)).toEqual({ text, ...address })
})

test.each([
  ['127.0.0.1:2375', 'tcp://127.0.0.1:2375'],
  ['localhost:2375', 'tcp://localhost:2375'],
  [':2375', 'tcp://localhost:2375'],
  ['host', 'tcp://host:2375'],
  ['host:1234/docker/', 'tcp://host:1234/docker'],
  ['[::1]:1234', 'tcp://[::1]:1234'],
  [' \ttcp://host:1 \n', 'tcp://host:1'],
  [' unix:///run/docker.sock ', 'unix:///run/docker.sock'],
])('reads %j as %s', (given, text) => {
  const { headers, ...address } = parseAddress(given)
  expect(address).toEqual({ ...parseAddress(text), text })
})

test('a path that is too long for a unix socket', () => {
  const path = `/${'x'.repeat(200)}/docker.sock`
  expect(() => parseAddress(`unix://${path}`)).toThrow(/has a path of 213 bytes, and the system takes 10[37]/)
  expect(() => parseAddress(`unix:///${'x'.repeat(90)}`)).not.toThrow()
})

test.each([
  ['tcp://host', { port: 2376, tls }],
  ['tcp://host:80', { port: 80, tls }],
  ['https://host', { port: 2376, tls }],
  ['http://host:2375', { port: 2375, tls }],
])('%s with certificates', (text, address) => {
  expect(parseAddress(text, tls)).toMatchObject(address)
})

test('a socket takes no certificates', () => {
  expect(parseAddress('unix:///run/docker.sock', tls)).not.toHaveProperty('tls')
})

test.each([
  '',
  ' ',
  'unix:/run/docker.sock',
  'unix:',
  'tcp:host',
  'a b',
  'npipe://',
  'unix://run/docker.sock',
  '/run/docker.sock',
  'tcp://host:port',
  'tcp://host:99999',
  'tcp://a b',
  'fd://',
  '://host',
  'ssh://',
  'ssh://me@',
  'ssh://-oProxyCommand=x',
  'ssh://-l@host',
  'ssh://host;reboot',
  'ssh://$(reboot)',
  'ssh://%zz@host',
  'ssh://host/%zz',
])('refuses %j', async text => {
  const error = await engineError((async () => parseAddress(text))())
  expect(error).toMatchObject({ code: 'usage', kind: 'usage', hint: expect.stringContaining('unix://') })
  expect(error.message).toContain(JSON.stringify(text.trim().replace(/[^/]*@/, '…@')))
})

test.each([
  'tcp://user:hunter2@host',
  'tcp://hunter2@host',
  'ssh://user:hunter2@host',
  'foo://user:hunter2@host',
  'tcp://user:hunter2/x@host',
  'tcp://user:x@hunter2@host',
  'user:hunter2@host',
  'tcp://host:2375/?token=hunter2',
  'tcp://host#hunter2',
  'host/?hunter2',
  `tcp://${'u'.repeat(190)}:hunter2@host`,
])('refuses a password, and does not repeat it: %s', async text => {
  const error = await engineError((async () => parseAddress(text))())
  expect(error.code).toBe('usage')
  expect(exposure(error)).not.toContain('hunter2')
})

test('a long address is shown in part', () => {
  expect(() => parseAddress(`x://${'y'.repeat(1000)}`)).toThrow(EngineError)
  expect(() => parseAddress(`x://${'y'.repeat(1000)}`)).toThrow(/^.{200,260}$/)
})
