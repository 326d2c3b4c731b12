import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listed, unlisted } from './every-request.ts'
import { operations } from './operations.ts'

const root = join(import.meta.dirname, '../..')

test('the page lists requests', () => {
  expect(listed.size).toBeGreaterThan(30)
})

test.each([
  ['GET', '/v1.41/images/docker.io/library/x:1/json', undefined],
  ['GET', '/images/x/json?platform=%7B%7D', undefined],
  ['POST', '/v1.52/containers/create?name=a&platform=b', undefined],
  ['HEAD', '/_ping', undefined],
  ['POST', '/v1.41/containers/c/start?detachKeys=a', 'POST /containers/{container}/start?detachKeys'],
  ['POST', '/v1.41/containers/c/rename?name=a', 'POST /containers/c/rename'],
  ['POST', '/v1.41/auth', 'POST /auth'],
])('%s %s', (method, path, expected) => {
  expect(unlisted(method, path)).toBe(expected)
})

test('each operation of the page is made by a test of its own', () => {
  const tests = globSync('test/{engine,live}/**/*.test.ts', { cwd: root })
    .map(file => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  const missing = Object.entries(operations).flatMap(([noun, calls]) =>
    Object.keys(calls)
      .filter(name => !new RegExp(`\\b${noun}\\s*\\.${name}\\(`).test(tests))
      .map(name => `${noun}.${name}`),
  )
  expect(missing).toEqual([])
})
