import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FakeEngine } from '../support/fake-engine.ts'
import { example, has, holdfast, isBuilt, path } from './example.ts'

const execute = promisify(execFile)
const service = example('systemd/holdfast-nightly.service')
const timer = example('systemd/holdfast-nightly.timer')

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-systemd-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

describe.skipIf(!isBuilt)('the systemd units', () => {
  test.skipIf(!has('systemd-analyze'))('are valid to systemd', () => {
    const folder = temporary()
    const files = { service: service.replace('/usr/local/bin/holdfast', holdfast), timer }
    const paths = Object.entries(files).map(([type, text]) => {
      const file = join(folder, `holdfast-nightly.${type}`)
      writeFileSync(file, text)
      return file
    })
    const env = { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` }
    const output = execFileSync(
      'sh',
      ['-c', 'systemd-analyze verify --man=no "$@" 2>&1 || true', 'sh', ...paths],
      {
        encoding: 'utf8',
        env,
      },
    )
    expect(output.split('\n').filter(line => line.includes('holdfast-nightly'))).toEqual([])
  })

  test('the command of the service runs the batch and writes its outcome', async () => {
    const folder = temporary()
    await using engine = await FakeEngine.start({
      images: ['registry.example.com/team/batch:1.4'],
      registry: ['registry.example.com/team/batch:1.4'],
      program: async self => self.out('1204 records written\n'),
    })
    const [, line = ''] = /^ExecStart=((?:.*\\\n)*.*)$/m.exec(service) ?? []
    const words = line
      .trim()
      .split(/[\s\\]+/)
      .map(word => word.replace(/\$\{STATE_DIRECTORY\}/, folder).replace('/usr/local/bin/holdfast', holdfast))
    const [program = '', ...args] = words
    const { stdout } = await execute(program, args, { env: { PATH: path, DOCKER_HOST: engine.host } })
    expect(stdout).toBe('1204 records written\n')
    expect(JSON.parse((await engine.seen('create')).body).Cmd).toEqual(['python', 'job.py'])
    expect(JSON.parse(readFileSync(join(folder, 'outcome.json'), 'utf8')).kind).toBe('ok')
  })

  test('the service waits for a container longer than the container has to end', () => {
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(service) ?? []
    expect(Number(seconds)).toBeGreaterThan(10)
  })
})
