import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { User } from '../live/support/command.ts'
import { FakeEngine } from '../support/fake-engine.ts'

const root = join(import.meta.dirname, '../..')
const built = existsSync(join(root, 'dist'))
const hasJq = existsSync('/usr/bin/jq')

test.skipIf(!built || !hasJq)(
  'the line of docs/debugging.md joins the records of a run',
  async () => {
    const page = readFileSync(join(root, 'docs/debugging.md'), 'utf8')
    const [, line = ''] = /```sh\n(jq [^\n]*audit\.ndjson events\.ndjson)\n```/.exec(page) ?? []
    await using engine = await FakeEngine.start({ images: ['busybox:1'], program: () => 0 })
    const user = new User(engine.host)
    const run = async (name: string) => {
      const files = ['audit.ndjson', 'events.ndjson', 'outcome.json'].map(file => user.path(name + file))
      const [audit = '', events = '', outcome = ''] = files
      await user.run(['run', '--audit', audit, '--events', events, '--outcome', outcome, 'busybox:1', 'true'])
      return files.map(file => readFileSync(file, 'utf8'))
    }
    const [before, [audit = '', events = '', outcome = '']] = [await run('before-'), await run('')]
    // As if both runs had written into one file.
    user.write('audit.ndjson', before[0] + audit)
    user.write('events.ndjson', before[1] + events)
    const { text, stderr } = await user.startProgram('sh', ['-c', `cd ${user.home} && ${line}`]).finished
    expect(stderr).toBe('')
    const joined = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    const { id } = JSON.parse(outcome)
    expect(new Set(joined.map(({ run }) => run))).toEqual(new Set([id]))
    expect(joined.length).toBe(`${audit}${events}`.trim().split('\n').length)
    expect(joined.map(({ time }) => time)).toEqual(joined.map(({ time }) => time).sort())
    expect(joined.map(({ path, type }) => path ?? type)).toEqual(
      expect.arrayContaining(['started', expect.stringMatching(/containers\/create/)]),
    )
    expect(user.leave()).toEqual([])
  },
  60_000,
)
