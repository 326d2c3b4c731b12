import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EngineFlags } from '../../src/cli/flags/engine.ts'
import { processContext } from '../../src/cli/process-context.ts'
import { withProxies } from '../../src/cli/proxies.ts'

let config: string
const context = { ...processContext(), env: {} }
const write = (text: string) => writeFileSync(join(config, 'config.json'), text)
async function variables(
  given?: string[],
  engine: EngineFlags['engine'] = { host: 'tcp://h:1' },
  env: Record<string, string> = {},
): Promise<string[] | undefined> {
  const request = { image: 'x', container: given === undefined ? {} : { Env: given } }
  return (await withProxies(request, { config, ...engine }, { ...context, env })).container?.Env
}

beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), 'holdfast-proxies-'))
})
afterEach(() => rmSync(config, { recursive: true }))

test('in both spellings, unless they are given', async () => {
  write('{ "proxies": { "default": { "httpProxy": "http://p:1", "noProxy": "a,b", "ftpProxy": "" } } }')
  expect(await variables()).toEqual([
    'HTTP_PROXY=http://p:1',
    'http_proxy=http://p:1',
    'NO_PROXY=a,b',
    'no_proxy=a,b',
  ])
  const given = ['HTTP_PROXY=mine', 'no_proxy']
  expect(await variables(given)).toEqual([...given, 'http_proxy=http://p:1', 'NO_PROXY=a,b'])
})

test('those of the Engine before the default', async () => {
  write('{ "proxies": { "default": { "allProxy": "x" }, "tcp://h:1": { "allProxy": "y" } } }')
  expect(await variables()).toEqual(['ALL_PROXY=y', 'all_proxy=y'])
  const others = ['ALL_PROXY=x', 'all_proxy=x']
  expect(await variables([], { host: 'tcp://other:1' })).toEqual(others)
  expect(await variables([], { host: ['tcp://h:1', 'tcp://other:1'] })).toEqual(others)
})

test.each<[EngineFlags['engine'], Record<string, string>]>([
  [{}, { DOCKER_HOST: 'tcp://h:1' }],
  [{ host: 'h:1' }, {}],
  [{ context: 'farm' }, {}],
])('the Engine is found as a run finds it: %j %j', async (engine, env) => {
  write('{ "proxies": { "default": { "allProxy": "x" }, "tcp://h:1": { "allProxy": "y" } } }')
  const directory = join(config, 'contexts/meta', createHash('sha256').update('farm').digest('hex'))
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'meta.json'), '{ "Endpoints": { "docker": { "Host": "tcp://h:1" } } }')
  expect(await variables(undefined, engine, env)).toEqual(['ALL_PROXY=y', 'all_proxy=y'])
})

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"proxies":null}',
  '{"proxies":{"default":[]}}',
  '{"proxies":{"default":{"httpProxy":5}}}',
])('none in %j', async text => {
  write(text)
  expect(await variables()).toBe(undefined)
})

test('none without a file, and a pipe is not waited for', async () => {
  expect(await variables()).toBe(undefined)
  execFileSync('mkfifo', [join(config, 'config.json')])
  expect(await variables()).toBe(undefined)
})
