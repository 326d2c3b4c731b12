import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import type { RequestReport } from '../../src/engine/http/diagnostics.ts'
import { shape } from './shape.ts'

/*
 * A setup file of the offline tests: each test file fails that makes a request which docs/wire.md does not list.
 */

/** Tests of the HTTP layer itself, whose requests are made up: `engine.request()` sends what it is given. */
const madeUp = /\/test\/engine\//

const page = readFileSync(join(import.meta.dirname, '../../docs/wire.md'), 'utf8')
/** The queries that the page lists for each request. */
export const listed = Map.groupBy(
  Array.from(page.matchAll(/^\| `([A-Z]+ \/[^`]*)` \| ([^|]*) \|/gm), ([, request = '', query = '']) => ({
    request,
    query: query.split(',').map(key => key.trim()),
  })),
  ({ request }) => request,
)

/** What of a request the page does not list; undefined when it lists all of it. */
export function unlisted(method: string, path: string): string | undefined {
  const { request, query } = shape(method, path)
  const rows = listed.get(request) ?? []
  if (rows.some(row => query.every(key => row.query.includes(key)))) return undefined
  return rows.length === 0 ? request : `${request}?${query.join('&')}`
}

const strangers = new Set<string>()

subscribe('holdfast:engine:request', message => {
  const { method, path } = message as RequestReport
  // A request that a test makes up to see it refused is not sent, and not reported.
  const stranger = unlisted(method, path)
  if (stranger !== undefined) strangers.add(stranger)
})

afterAll(() => {
  const { testPath = '' } = expect.getState()
  const found = madeUp.test(testPath) ? [] : [...strangers]
  strangers.clear()
  expect(found, 'requests that docs/wire.md does not list').toEqual([])
})
