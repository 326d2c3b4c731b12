import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EngineError } from '../../../src/engine/error.ts'
import { pullFailure } from '../../../src/run/image/pull-failure.ts'
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

const troubles: Record<Verdict, string> = {
  'registry-outage': `
    refused dns no-route black-hole reset eof junk slow silent tls-silent tls-reset
    500 502 503 504 429 manifest-500 html manifest-html manifest-junk
    plain-http bad-certificate certificate-of-another
    token-500 token-html token-silent token-refused silent-manifest
    blob-silent blob-stall blob-truncated blob-500 blob-503 blob-429 blob-redirect-refused config-500`,
  'registry-denied': `
    403 403-html basic-no-login basic-wrong-login
    token-401 token-401-no-login token-403 token-useless blob-401 blob-403`,
  'registry-not-found': '404 404-html tag-unknown name-unknown blob-404 config-404',
  'pull-failed': `
    blob-corrupt blob-html layer-junk layer-foreign not-an-image manifest-400 disk-full-download disk-full-extract`,
  'image-mismatch': 'no-platform other-platform',
}

/** Where an Engine's words tell less than what happened. */
const untold: Record<string, Verdict> = {
  // The page's own words, and not a word of the 404.
  '26.1: 404-html': 'pull-failed',
  '28.5: 404-html': 'pull-failed',
  // Shorter than the layer, the page passes for a layer cut short. (By the graph driver and Podman: for a wrong layer.)
  '26.1 containerd: blob-html': 'registry-outage',
  '28.5 containerd: blob-html': 'registry-outage',
  // It took the slow server's {} for a manifest.
  'podman 4.3: slow': 'pull-failed',
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
      'silent silent-manifest token-silent black-hole slow tls-silent blob-silent blob-stall',
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
    const kind = untold[`${engine}: ${trouble}`] ?? meant.get(trouble)
    expect(pullFailure(error, reference, 'anonymous')).toMatchObject({ kind })
  })
})
