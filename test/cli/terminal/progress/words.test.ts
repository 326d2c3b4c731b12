import { describe, expect, test } from 'vitest'
import {
  pulledWords,
  pullWords,
  retryWords,
  sizeText,
  skippedWords,
  staleWords,
  timeText,
  upToDateWords,
} from '../../../../src/cli/terminal/progress/words.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [999.4, '999 B'],
  [999.5, '1.0 kB'],
  [1_000, '1.0 kB'],
  [99_949, '99.9 kB'],
  [99_950, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [41_234_567, '41.2 MB'],
  [3_456_000_000, '3.5 GB'],
  [7e12, '7.0 TB'],
  [7e15, '7.0 PB'],
  [7e19, '70000 PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text)
})

test.each([
  [0, '0.0 s'],
  [49, '0.0 s'],
  [3_240, '3.2 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [41_600, '42 s'],
  [119_400, '119 s'],
  [120_000, '2 min'],
  [7_200_000, '2 h'],
])('%d milliseconds are %s', (ms, text) => {
  expect(timeText(ms)).toBe(text)
})

const image = 'reg.test/app:1'

describe('a pull', () => {
  const pull = { type: 'pull', image, registry: 'reg.test', credentials: 'config.json' } as const

  test.each([
    ['missing', 'it is not on the Engine'],
    ['mismatch', 'the Engine has another one by that name'],
    ['always', 'asked to'],
    ['refresh', 'to see whether it is still the newest'],
  ] as const)('that goes out as %s', (reason, words) => {
    expect(pullWords({ ...pull, reason, shared: false })).toBe(
      `pulling reg.test/app:1 (${words}; credentials: config.json)`,
    )
  })

  test('of another in this process', () => {
    expect(pullWords({ ...pull, reason: 'missing', shared: true })).toBe(
      'pulling reg.test/app:1 (it is not on the Engine; shares a pull that is under way)',
    )
  })

  test('that is retried', () => {
    const failure = { kind: 'registry-outage', message: 'reg.test/app:1 could not be pulled: 503' } as const
    const retry = { type: 'retry', image, attempt: 2, attempts: 3, delay: 1_400, failure } as const
    const words =
      'pulling reg.test/app:1 again in 1.4 s (attempt 2 of 3): reg.test/app:1 could not be pulled: 503'
    expect(retryWords(retry)).toBe(words)
    expect(retryWords(retry, 'another')).toBe(words)
    expect(retryWords(retry, failure.message)).toBe(
      'pulling reg.test/app:1 again in 1.4 s (attempt 2 of 3): the same failure',
    )
  })

  test('that does not go out', () => {
    const until = '2026-11-23T17:00:00.123Z'
    expect(skippedWords({ type: 'skipped', image, registry: 'reg.test', reason: 'it is down', until })).toBe(
      'not asking reg.test for reg.test/app:1 until 2026-11-23T17:00:00Z: it is down',
    )
  })
})

describe('a stale copy', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
  const stale = { type: 'stale', image, kind: 'registry-outage', reason: 'no route to host' } as const

  test.each([
    [digest, 3 * 86_400_000, 'sha256:0123456789ab, 3 days old'],
    [digest, 3 * 3_600_000, 'sha256:0123456789ab, 3 h old'],
    [digest, 90_000, 'sha256:0123456789ab, 90 s old'],
    [null, null, 'never pulled or pushed, of unknown age'],
  ])('%s, %s', (digest, age, words) => {
    expect(staleWords({ ...stale, digest, age })).toBe(
      `STALE: running the local copy of reg.test/app:1 (${words}): registry-outage: no route to host`,
    )
  })
})

describe('what stays', () => {
  test.each([
    [{ layers: 9, fresh: 4, bytes: 41_000_000, exact: true }, 'in 3.2 s (41.0 MB, 9 layers, 4 of them new)'],
    [{ layers: 9, fresh: 9, bytes: 41_000_000, exact: false }, 'in 3.2 s (at least 41.0 MB, 9 new layers)'],
    [{ layers: 1, fresh: 1, bytes: 0, exact: false }, 'in 3.2 s (1 new layer)'],
    [{ layers: 1, fresh: 0, bytes: 0, exact: true }, 'in 3.2 s (1 layer, none of them new)'],
    [{ layers: 0, fresh: 0, bytes: 0, exact: true }, 'in 3.2 s (no new layers)'],
  ])('of %j', (brought, words) => {
    expect(pulledWords(image, 3_200, brought)).toBe(`pulled reg.test/app:1 ${words}`)
  })

  test('of a pull that brought nothing', () => {
    expect(upToDateWords(image, 300)).toBe('reg.test/app:1 is up to date (asked in 0.3 s)')
  })
})
