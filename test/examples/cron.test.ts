import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FakeEngine } from '../support/fake-engine.ts'
import { example, holdfast, isBuilt, path } from './example.ts'

const execute = promisify(execFile)

describe.skipIf(!isBuilt)('the crontab', () => {
  test('runs the batch of the day as cron does, and keeps its output and its outcome', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-cron-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    mkdirSync(join(folder, 'bin'))
    symlinkSync(holdfast, join(folder, 'bin/holdfast'))
    await using engine = await FakeEngine.start({
      images: ['registry.example.com/team/batch:1.4'],
      registry: ['registry.example.com/team/batch:1.4'],
      program: async self => self.out('1204 records written\n'),
    })

    const { variables, user, command } = parse(example('cron/nightly.cron'))
    expect(user).toBe('batch')
    const env = {
      ...variables,
      PATH: `${folder}/bin:${path}`,
      HOME: folder,
      LOGS: folder,
      DOCKER_HOST: engine.host,
    }
    const { stdout, stderr } = await execute(variables.SHELL ?? '/bin/sh', ['-c', command], { env })

    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' })
    const { query, body } = await engine.seen('create')
    const day = query.get('name')?.replace('holdfast-nightly-', '') ?? ''
    expect(day).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(JSON.parse(body)).toMatchObject({ Cmd: ['python', 'job.py'], Env: [`DAY=${day}`] })
    expect(readFileSync(join(folder, `${day}.log`), 'utf8')).toBe('1204 records written\n')
    expect(JSON.parse(readFileSync(join(folder, `${day}.json`), 'utf8')).kind).toBe('ok')
  })
})

/** The variables and the one entry of a file in /etc/cron.d, read as crontab(5) says. */
function parse(crontab: string) {
  const lines = crontab.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  const assignments = lines.filter(line => /^\w+=/.test(line)).map(line => line.split('=', 2))
  const [entry = ''] = lines.filter(line => !/^\w+=/.test(line))
  const [, user = '', command = ''] = /^(?:\S+ ){5}(\S+) (.*)$/.exec(entry) ?? []
  // What stands behind a bare percent sign would be the command's input.
  expect(command).not.toMatch(/(?<!\\)%/)
  const variables: Record<string, string> = Object.fromEntries(assignments)
  return { variables, user, command: command.replaceAll('\\%', '%') }
}
