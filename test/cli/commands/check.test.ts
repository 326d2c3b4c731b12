import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ImageCheck } from '../../../src/run/image/check.ts'
import { User } from '../../live/support/command.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { image } from '../../support/fake-image.ts'

const week = 7 * 86_400_000

let user: User
let engine: FakeEngine

beforeEach(async () => {
  const old = image('old:1', { Created: new Date(Date.now() - week).toISOString() })
  engine = await FakeEngine.start({ images: [old, 'new:1'] })
  user = new User(engine.host)
  user.install('docker-credential-told', '#!/bin/sh\ntouch "$HOME/asked"\nexit 1\n')
  user.write('config.json', { credsStore: 'told' })
})

afterEach(async () => {
  expect(existsSync(user.path('asked'))).toBe(false)
  expect(user.leave()).toEqual([])
  expect(new Set([...engine.asked, 'image'])).toEqual(new Set(['image']))
  await engine[Symbol.asyncDispose]()
})

const check = (...args: string[]) => user.run(['check', ...args])

test('all would survive: a table, and status 0', async () => {
  const { status, text, stderr } = await check('old:1', 'new:1')
  expect(text).toMatch(
    /^IMAGE {2}LOCAL {2}PLATFORM {5}AGE +DIGEST {2}REGISTRY {3}OUTAGE\nold:1 {2}yes {4}linux\/amd64 {2}7 days {2}- {7}not asked {2}survives\nnew:1 /,
  )
  expect(text).toMatch(/\n2 of 2 images would survive an outage of their registry\n$/)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test.each([
  ['one is absent', ['gone:1'], 'it is not on the Engine'],
  ['all are pulled anyway', ['--pull', 'always'], 'the policy always pulls it'],
  [
    'one is for another platform',
    ['--platform', 'linux/arm64', '--pull=never'],
    'the one on the Engine is linux/amd64, and the policy never pulls it',
  ],
  [
    'one is too old',
    ['--pull', 'refresh', '--max-stale', '2d'],
    'the local copy is 7 days old, and may be 2 days old at most',
  ],
])('status 1, as %s', async (_, args, why) => {
  const { status, text, stderr } = await check('old:1', ...args)
  expect(text).toContain(`1 would fail: ${why}\n`)
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
})

test('JSON for programs', async () => {
  const { status, text } = await check('--json', 'old:1', '--pull=refresh', 'gone:1')
  const checks: ImageCheck[] = JSON.parse(text)
  expect(checks).toMatchObject([
    { image: 'old:1', local: 'present', id: image('old:1').Id, contactsRegistry: true, survives: true },
    { image: 'gone:1', local: 'absent', id: null, age: null, contactsRegistry: true, survives: false },
  ])
  expect(checks[0]?.age).toBeGreaterThanOrEqual(week)
  expect(status).toBe(1)
})

describe('--file', () => {
  const list = '# ours\n\nold:1\r\n  new:1  # the new one\n#gone:1\n'
  const names = (text: string) => JSON.parse(text).map(({ image }: ImageCheck) => image)

  test('names more images; each is shown as it is written, also twice', async () => {
    const { status, text } = await check('--json', 'old:1', '--file', user.write('images.txt', list))
    expect(names(text)).toEqual(['old:1', 'old:1', 'new:1'])
    expect(status).toBe(0)
  })

  test('may be stdin', async () => {
    const { text } = await user.run(['check', '--json', '--file', '-'], { stdin: list })
    expect(names(text)).toEqual(['old:1', 'new:1'])
  })

  test.each([
    ['there is none', 'gone.txt', undefined, '"gone.txt" cannot be read: there is no such file'],
    ['it names none', '-', '# nothing\n', '--file names no image'],
    ['it is too long', '-', 'x'.repeat(1024 * 1024 + 1), 'stdin has more than 1 MiB'],
  ])('is refused when %s', async (_, file, stdin, words) => {
    const { status, text, stderr } = await user.run(['check', '--file', file], {
      ...(stdin !== undefined && { stdin }),
    })
    expect(stderr).toMatch(/^holdfast: usage: .+\nholdfast: .+\n$/)
    expect(stderr).toContain(words)
    expect({ status, text }).toEqual({ status: 125, text: '' })
  })
})

test('status 125 when the Engine can not be asked', async () => {
  const { status, text, stderr } = await check('-H', 'unix:///nonexistent/docker.sock', 'old:1')
  expect(stderr).toMatch(/^holdfast: engine-unreachable: .+\nholdfast: .+\n$/)
  expect({ status, text }).toEqual({ status: 125, text: '' })
})

test('an invalid reference is reported with its line, the others are checked, and the status is 125', async () => {
  const file = user.write('images.txt', 'new:1\n\nTeam/Batch:1\n')
  const { status, stderr, text } = await check('--json', 'old:1', 'UPPER', '--file', file)
  expect(stderr).toContain('holdfast: usage: invalid image reference "UPPER"')
  expect(stderr).toContain(`holdfast: usage: --file ${file}, line 3: invalid image reference "Team/Batch:1"`)
  expect(JSON.parse(text).map(({ image }: ImageCheck) => image)).toEqual(['old:1', 'new:1'])
  expect(status).toBe(125)
})

test('nothing is asked when no reference is valid', async () => {
  const { status, text } = await check('UPPER')
  expect([status, text, engine.asked]).toEqual([125, '', []])
})
