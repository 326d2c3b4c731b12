import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EngineError } from '../../../src/engine/error.ts'
import { verdictOn } from '../../../src/run/image/pull-failure.ts'
import type { Verdict } from '../../../src/run/image/verdict.ts'
import { parseReference } from '../../../src/run/reference.ts'

interface Row {
  engine: string
  trouble: string
  answers: 'at once' | 'in the end' | 'never'
  steps: boolean
  road?: 'status' | 'stream'
  status?: number
  words?: string
}

const engines = ['20.10', '26.1', '26.1 containerd', '28.5', '28.5 containerd', 'podman 4.3']
const file = join(import.meta.dirname, '../../fixtures/pull-failures.json')
const rows: Row[] = JSON.parse(readFileSync(file, 'utf8'))

const troubles: Partial<Record<Verdict, string>> = {
  outage: `
    refused dns no-route black-hole reset eof junk slow silent tls-silent tls-reset
    route-prohibit route-blackhole route-throw
    500 502 503 504 429 manifest-500
    token-500 token-silent token-refused silent-manifest
    blob-silent blob-stall blob-truncated blob-500 blob-503 blob-429 blob-redirect-refused config-500
    proxy-junk proxy-eof proxy-reset proxy-silent proxy-then-eof proxy-then-reset proxy-then-silent
    proxy-then-alert manifest-junk`,
  proxy: `
    proxy-403 proxy-407 proxy-429 proxy-500 proxy-502 proxy-503 proxy-504 proxy-own-words proxy-no-words
    proxy-refused proxy-unknown`,
  untrusted: 'bad-certificate certificate-of-another',
  'plain-http': 'plain-http proxy-then-plain',
  page: 'html manifest-html token-html 404-html',
  incomplete: 'blob-404 config-404',
  denied: `
    403 403-html basic-no-login basic-wrong-login
    token-401 token-401-no-login token-403 token-useless blob-401 blob-403`,
  'not-found': '404 tag-unknown name-unknown',
  refused: 'manifest-400',
  engine: 'blob-corrupt blob-html layer-junk layer-foreign not-an-image disk-full-download disk-full-extract',
  mismatch: 'no-platform other-platform',
}

/** Where an Engine's message says less than what happened. */
const untold: Record<string, Verdict> = {
  // It asked by HEAD, and saw no page.
  '26.1 containerd: 404-html': 'not-found',
  '28.5 containerd: 404-html': 'not-found',
  // Shorter than the layer, the page passes for a layer cut short. (By the graph driver and Podman: for a wrong layer.)
  '26.1 containerd: blob-html': 'outage',
  '28.5 containerd: blob-html': 'outage',
  // By the media type alone.
  '26.1 containerd: manifest-junk': 'page',
  '28.5 containerd: manifest-junk': 'page',
  // What is not TLS looks like a registry without TLS.
  '26.1 containerd: junk': 'plain-http',
  '28.5 containerd: junk': 'plain-http',
  // It took the slow server's {} for a manifest.
  'podman 4.3: slow': 'engine',
}

const list = (names: string) => names.trim().split(/\s+/)
const byTrouble = Object.entries(troubles).flatMap(([verdict, names]) =>
  list(names).map(trouble => [trouble, verdict] as const),
)
const meant = new Map<string, string>(byTrouble)

test('each Engine was seen in each trouble', () => {
  const seen = rows.map(({ engine, trouble }) => `${engine}: ${trouble}`)
  const wanted = engines.flatMap(engine => byTrouble.map(([trouble]) => `${engine}: ${trouble}`))
  expect(seen.sort()).toEqual(wanted.sort())
})

describe('without an end of its own', () => {
  const silent = rows.filter(({ answers }) => answers === 'never')

  test.each(['silent-manifest', 'blob-silent', 'blob-stall'])('is a pull for each Engine: %s', trouble => {
    expect(silent.filter(row => row.trouble === trouble).map(({ engine }) => engine)).toEqual(engines)
  })

  test('is a pull when the registry hangs, and then alone', () => {
    const hangs = list(
      'silent silent-manifest token-silent black-hole slow tls-silent blob-silent blob-stall proxy-silent proxy-then-silent',
    )
    expect(silent.filter(({ trouble }) => !hangs.includes(trouble))).toEqual([])
  })
})

test('what an Engine takes though it is not what was asked for', () => {
  const taken = rows.filter(({ answers, road }) => answers !== 'never' && road === undefined)
  expect(taken.map(({ engine, trouble }) => `${engine}: ${trouble}`)).toEqual([
    '20.10: other-platform',
    '26.1 containerd: other-platform',
    '28.5: other-platform',
    '28.5 containerd: other-platform',
    'podman 4.3: other-platform',
    'podman 4.3: layer-foreign',
    'podman 4.3: not-an-image',
  ])
})

describe.each(engines)('%s', engine => {
  const failed = rows.filter(row => row.engine === engine && row.road !== undefined)
  test.each(failed)('$trouble: $status $words', ({ trouble, road = 'status', status, words }) => {
    const error = new EngineError(road, '', { status, engineMessage: words })
    const reference = parseReference('registry.example:5000/team/app:1')
    if (reference.kind === 'id') throw new Error('a name is no id')
    expect(verdictOn(error, reference)).toBe(untold[`${engine}: ${trouble}`] ?? meant.get(trouble))
  })
})
