import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { referenceFiles } from '../../scripts/docs/reference/pages.ts'
import type { Schema } from '../../scripts/docs/reference/types.ts'
import { User } from '../live/support/command.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { violations } from '../support/json-schema.ts'

const docs = join(import.meta.dirname, '../../docs')
const schemaOf = (name: string): Schema => JSON.parse(readFileSync(join(docs, `schema/${name}.json`), 'utf8'))

test('the generated pages and schemas are what the source says: npm run docs:reference', () => {
  const files = Object.entries(referenceFiles())
  expect(files.length).toBeGreaterThan(8)
  for (const [name, text] of files) expect(readFileSync(join(docs, name), 'utf8'), name).toBe(text)
}, 60_000)

test('every field of a record has its meaning', () => {
  const page = readFileSync(join(docs, 'outcome.md'), 'utf8')
  const rows = Array.from(page.matchAll(/^\| `[^`]+`.*\|$/gm), ([row]) => row)
  expect(rows.length).toBeGreaterThan(100)
  expect(rows.filter(row => /\|\s*\|$/.test(row) || /\|\s{2,}\|/.test(row))).toEqual([])
})

test('every option has its meaning', () => {
  const page = readFileSync(join(docs, 'library.md'), 'utf8')
  const rows = Array.from(page.matchAll(/^\| `.*\|$/gm), ([row]) => row)
  expect(rows.length).toBeGreaterThan(60)
  expect(rows.filter(row => /\|\s*\|$/.test(row))).toEqual([])
})

describe.skipIf(!existsSync(join(import.meta.dirname, '../../dist')))(
  'what the command writes fits its schema',
  () => {
    let engine: FakeEngine
    let user: User

    beforeEach(async () => {
      engine = await FakeEngine.start({ images: ['bb:1'], registry: ['far:1'], program: () => 3 })
      user = new User(engine.host)
    })

    afterEach(async () => {
      expect(user.leave()).toEqual([])
      await engine[Symbol.asyncDispose]()
    })

    test.each([
      ['a job that fails', ['bb:1', 'false']],
      ['a pull', ['far:1']],
      ['a job with a key', ['--job', 'nightly', '--skip-exit-code', '3', 'bb:1']],
      ['a copy', ['--copy-in', `${import.meta.filename}:/in`, 'bb:1']],
      ['a missing image', ['--pull=never', 'gone:1']],
      ['a registry that refuses', ['--pull=refresh', 'gone:1']],
      ['an invalid option', ['--platform', 'x/y/z/w', 'bb:1']],
    ])('%s: outcome, events, audit and log', async (_, args) => {
      const files = ['outcome', 'events', 'audit'].map(name => user.path(name))
      const flags = files.flatMap((file, at) => [['--outcome', '--events', '--audit'][at] ?? '', file])
      const { stderr } = await user.run(['run', '--log-format', 'json', ...flags, ...args])
      for (const [name, text] of [
        ...['outcome', 'event', 'audit'].map((name, at) => [
          name,
          existsSync(files[at] ?? '') ? readFileSync(files[at] ?? '', 'utf8') : '',
        ]),
        ['log', stderr],
      ]) {
        const lines = (text ?? '').split('\n').filter(line => line !== '')
        for (const line of lines) expect(violations(JSON.parse(line), schemaOf(name ?? '')), line).toEqual([])
      }
    })

    test('check, pull and ps with --json, and wait', async () => {
      const parsed = async (...args: string[]) => JSON.parse((await user.run(args)).text)
      const all = {
        check: await parsed('check', '--json', 'bb:1', 'gone:1'),
        pull: await parsed('pull', '--json', '-q', 'far:1', 'gone:1'),
      }
      await user.run(['run', '--job', 'nightly', '--rm=never', 'bb:1'])
      const jobs = await parsed('ps', '--json')
      const waited = await parsed('wait', 'nightly')
      for (const [name, values] of Object.entries({ ...all, job: jobs, wait: [waited] })) {
        expect(values.length, name).toBeGreaterThan(0)
        for (const value of values) expect(violations(value, schemaOf(name)), name).toEqual([])
      }
    })
  },
)
