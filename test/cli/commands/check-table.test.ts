import { describe, expect, test } from 'vitest'
import type { HostResult } from '../../../src/cli/commands/all-hosts.ts'
import { checkText, hostsText } from '../../../src/cli/commands/check-table.ts'
import type { ImageCheck } from '../../../src/run/image/check.ts'
import { digestOf } from '../../support/fake-image.ts'

const right: ImageCheck = {
  image: 'alpine:3.22',
  local: 'present',
  id: `sha256:${digestOf('id')}`,
  digest: `sha256:0123456789abcdef${digestOf('rest').slice(16)}`,
  platform: 'linux/amd64',
  created: '2026-11-20T00:00:00Z',
  age: 259_200_000,
  contactsRegistry: false,
  survives: true,
  why: 'it is on the Engine',
}
const absent: ImageCheck = {
  ...right,
  image: 'registry.example/team/app:1.4',
  local: 'absent',
  id: null,
  digest: null,
  platform: null,
  created: null,
  age: null,
  contactsRegistry: true,
  survives: false,
  why: 'it is not on the Engine',
}
const wrong: ImageCheck = {
  ...absent,
  image: 'x:1',
  local: 'mismatch',
  platform: 'linux/amd64',
  why: 'the one on the Engine is linux/amd64',
}

test('a table, with the reasons and the count', () => {
  const gone = { ...absent, image: 'gone:1' }
  expect(checkText([right, absent, wrong, gone], Number.POSITIVE_INFINITY)).toBe(`\
IMAGE                          LOCAL  PLATFORM     AGE     DIGEST        REGISTRY   OUTAGE
alpine:3.22                    yes    linux/amd64  3 days  0123456789ab  not asked  survives
registry.example/team/app:1.4  no     -            -       -             would ask  fails
x:1                            other  linux/amd64  -       -             would ask  fails
gone:1                         no     -            -       -             would ask  fails

2 would fail: it is not on the Engine
1 would fail: the one on the Engine is linux/amd64
1 of 4 images would survive an outage of their registry
`)
})

test('one that survives', () => {
  expect(checkText([right], 80).split('\n').slice(-3)).toEqual([
    '',
    '1 of 1 image would survive an outage of its registry',
    '',
  ])
})

test('a block for each image, where the table has no room', () => {
  expect(checkText([right, wrong], 40)).toBe(`\
alpine:3.22
  local     yes
  platform  linux/amd64
  age       3 days
  digest    0123456789ab
  registry  not asked
  outage    survives
x:1
  local     other
  platform  linux/amd64
  age       -
  digest    -
  registry  would ask
  outage    fails

1 would fail: the one on the Engine is
  linux/amd64
1 of 2 images would survive an outage
  of their registry
`)
})

describe('at every width', () => {
  const checks = [right, absent, wrong]
  test.each([20, 40, 60, 80, 87, 88, 120])('%d columns: no cell is cut, and no line is longer', width => {
    const text = checkText(checks, width)
    for (const { image } of checks) expect(text).toContain(image)
    expect(text).toContain('linux/amd64')
    const longest = Math.max(...text.split('\n').map(line => line.length))
    expect(longest).toBeLessThanOrEqual(Math.max(width, 'registry.example/team/app:1.4'.length))
  })
})

describe('several hosts', () => {
  const failure = { kind: 'engine-unreachable', message: 'x' } as const
  const [a, b, c] = ['tcp://a:2376', 'tcp://b:2376', 'tcp://c:2376']
  const on = (host: string, ...images: ImageCheck[]): HostResult<ImageCheck> => ({
    host,
    failure: null,
    images,
  })

  test('a row for each image on each host, then which lacks what', () => {
    const gone = { ...absent, image: right.image }
    const results = [on(a, right, wrong), on(b, gone, wrong), { host: c, failure, images: null }]
    expect(hostsText(results, Number.POSITIVE_INFINITY)).toBe(`\
IMAGE        HOST          LOCAL  PLATFORM     AGE     DIGEST        REGISTRY   OUTAGE
alpine:3.22  tcp://a:2376  yes    linux/amd64  3 days  0123456789ab  not asked  survives
alpine:3.22  tcp://b:2376  no     -            -       -             would ask  fails
x:1          tcp://a:2376  other  linux/amd64  -       -             would ask  fails
x:1          tcp://b:2376  other  linux/amd64  -       -             would ask  fails

on tcp://a:2376 would fail: x:1 (the one on the Engine is linux/amd64)
on tcp://b:2376 would fail: alpine:3.22 (it is not on the Engine)
on tcp://b:2376 would fail: x:1 (the one on the Engine is linux/amd64)
tcp://c:2376 could not be asked: engine-unreachable
0 of 2 images would survive an outage on all 3 hosts
`)
  })

  test('a block for each, where the table has no room', () => {
    expect(hostsText([on(a, right), on(b, right)], 60)).toBe(`\
alpine:3.22
  host      tcp://a:2376
  local     yes
  platform  linux/amd64
  age       3 days
  digest    0123456789ab
  registry  not asked
  outage    survives
alpine:3.22
  host      tcp://b:2376
  local     yes
  platform  linux/amd64
  age       3 days
  digest    0123456789ab
  registry  not asked
  outage    survives

1 of 1 image would survive an outage on all 2 hosts
`)
  })

  test.each<[string, Partial<ImageCheck>, boolean]>([
    ['another digest', { digest: 'sha256:f' }, true],
    ['another id, and the same digest', { id: 'sha256:f' }, false],
    ['another id, and no digest', { id: 'sha256:f', digest: null }, true],
    ['not there', { ...absent, image: right.image }, false],
  ])('%s: not the same image: %s', (_, other, different) => {
    const text = hostsText([on(a, right), on(b, { ...right, ...other })], 200)
    expect(text.includes('alpine:3.22 is not the same image on all hosts')).toBe(different)
  })
})

test('what the Engine says moves no cursor', () => {
  const said = '\u001b[2Jlinux/\namd64'
  const text = checkText([{ ...wrong, platform: said, why: `it is ${said}` }], 200)
  expect(text).not.toContain('\u001b')
  expect(text).toContain('other  \\u{1b}[2Jlinux/ | amd64')
})
