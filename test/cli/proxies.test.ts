import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processContext } from '../../src/cli/process-context.ts'
import { withProxies } from '../../src/cli/proxies.ts'

let config: string
const context = { ...processContext(), env: {} }
const write = (text: string) => writeFileSync(join(config, 'config.json'), text)
async function variables(given?: string[], host = 'tcp://h:1'): Promise<string[] | undefined> {
  const request = { image: 'x', container: given === undefined ? {} : { Env: given } }
  return (await withProxies(request, { config, host }, context)).container?.Env
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
  expect(await variables([], 'tcp://other:1')).toEqual(['ALL_PROXY=x', 'all_proxy=x'])
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
