import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

function demo(env: Record<string, string> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-demo-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const { PATH = '' } = process.env
  return spawnSync(process.execPath, ['scripts/demo/main.ts'], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH, HOME: home, DOCKER_CONFIG: home, DOCKER_HOST: `unix://${home}/docker.sock`, ...env },
  })
}

describe('the demo, with no Engine', () => {
  test('says so, plays the recording, and shows what came of it', () => {
    const { status, stdout, stderr } = demo()
    expect(stdout).not.toContain('\x1b')
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^No Engine here \(.*docker\.sock.*\)\.\nWhat follows is a recording of one/)
    expect(stdout).toMatch(/stdout │ batch: 1204 records written\n/)
    expect(stdout).toMatch(/outcome +ok, exit status 0, \d+ ms\n/)
    expect(stdout).toMatch(/registry +not asked\n/)
    const audit = stdout.match(/^ {2}(GET|HEAD|POST|DELETE) +\d{3} +[\d.]+ ms {2}\/.*$/gm) ?? []
    const lines = audit.map(line => line.replace(/ +/g, ' ').replace(/^ (\w+ \d+) [\d.]+ ms (.*)/, '$1 $2'))
    // attach and wait go out together, in either order.
    expect([...lines.slice(0, 2), ...lines.slice(2, 4).sort(), ...lines.slice(4)]).toEqual([
      'GET 200 /images/registry.example.com/team/batch:1.4/json',
      expect.stringMatching(/^POST 201 .*\/containers\/create$/),
      expect.stringMatching(/^POST 101 .*\/attach\?/),
      expect.stringMatching(/^POST 200 .*\/wait\?/),
      expect.stringMatching(/^POST 204 .*\/start$/),
      expect.stringMatching(/^GET 200 .*\/logs\?/),
      expect.stringMatching(/^GET 200 .*\/json$/),
      expect.stringMatching(/^DELETE 204 /),
    ])
    for (const secret of ['correct horse', btoa('batch:correct horse')]) expect(stdout).not.toContain(secret)
    expect(stdout).toMatch(/500 \{"message":"login attempt to http:\/\/registry\.example\.com\/v2\/ failed/)
  })

  test('has no colours where they are not wanted', () => {
    expect(demo({ NO_COLOR: '1', TERM: 'xterm-256color' }).stdout).not.toContain('\x1b')
  })

  test('has them where they are wanted', () => {
    expect(demo({ FORCE_COLOR: '1' }).stdout).toContain('\x1b[1m')
  })
})
