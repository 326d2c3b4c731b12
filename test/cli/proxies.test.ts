import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processContext } from '../../src/cli/process-context.ts'
import { proxyVariables } from '../../src/cli/proxies.ts'

let config: string
const context = { ...processContext(), env: {} }
const write = (text: string) => writeFileSync(join(config, 'config.json'), text)
const variables = (given: string[] = [], host = 'tcp://h:1') =>
  proxyVariables({ config, host }, given, context)

beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), 'holdfast-proxies-'))
})
afterEach(() => rmSync(config, { recursive: true }))

test('in both spellings, unless they are given', () => {
  write('{ "proxies": { "default": { "httpProxy": "http://p:1", "noProxy": "a,b", "ftpProxy": "" } } }')
  expect(variables()).toEqual([
    'HTTP_PROXY=http://p:1',
    'http_proxy=http://p:1',
    'NO_PROXY=a,b',
    'no_proxy=a,b',
  ])
  expect(variables(['HTTP_PROXY=mine', 'no_proxy'])).toEqual(['http_proxy=http://p:1', 'NO_PROXY=a,b'])
})

test('those of the Engine before the default', () => {
  write('{ "proxies": { "default": { "allProxy": "x" }, "tcp://h:1": { "allProxy": "y" } } }')
  expect(variables()).toEqual(['ALL_PROXY=y', 'all_proxy=y'])
  expect(variables([], 'tcp://other:1')).toEqual(['ALL_PROXY=x', 'all_proxy=x'])
})

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"proxies":null}',
  '{"proxies":{"default":[]}}',
  '{"proxies":{"default":{"httpProxy":5}}}',
])('none in %j', text => {
  write(text)
  expect(variables()).toEqual([])
})

test('none without a file, and a pipe is not waited for', () => {
  expect(variables()).toEqual([])
  execFileSync('mkfifo', [join(config, 'config.json')])
  expect(variables()).toEqual([])
})
