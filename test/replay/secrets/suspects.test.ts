import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { suspectsIn } from '../../../src/replay/secrets/suspects.ts'

const letters = (count: number) => 'aB3'.repeat(count).slice(0, count)

describe('a recording is suspected of', () => {
  test.each([
    ['a private key', '{"text":"-----BEGIN RSA PRIVATE KEY-----\\nMII"}'],
    ['a GitHub token', `{"text":"ghp_${letters(36)}"}`],
    ['a GitLab token', `{"text":"glpat-${letters(20)}"}`],
    ['a Docker Hub token', `{"text":"dckr_pat_${letters(27)}"}`],
    ['an AWS key', '{"text":"AKIAIOSFODNN7EXAMPLE"}'],
    ['a Google API key', `{"text":"AIza${letters(35)}"}`],
    ['a Slack token', '{"text":"xoxb-1234567890-abc"}'],
    ['an npm token', `{"text":"npm_${letters(36)}"}`],
    ['a Stripe key', `{"text":"sk_live_${letters(24)}"}`],
    ['a JSON web token', `{"text":"eyJ${letters(20)}.eyJ${letters(20)}.${letters(10)}"}`],
    ['a swarm token', '{"text":"SWMTKN-1-49nj1cmql0jkz5s954yi3oex3"}'],
    ['credentials in a header', '{"headers":{"X-Registry-Auth":"eyJ1"}}'],
    ['a password in a URL', '{"text":"http://alice:hunter2@host"}'],
    ['a password', '{"json":{"password":"hunter2"}}'],
    ['a password', '{"text":"{\\"password\\":\\"hunter2\\"}"}'],
    ['a password', `{"base64":"${btoa('\xff{"password":"hunter2"}')}"}`],
  ])('%s: %s', (what, line) => {
    expect(suspectsIn(`{"recording":2}\n${line}\n`)).toEqual([{ line: 2, what }])
  })
})

test('no fixture is suspected of anything', () => {
  const folder = join(import.meta.dirname, '../../fixtures')
  for (const file of globSync('**/*.ndjson', { cwd: folder }))
    expect(suspectsIn(readFileSync(join(folder, file), 'utf8')), file).toEqual([])
})
