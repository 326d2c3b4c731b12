import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run } from '../../src/cli/commands/run.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/docker-run.md'), 'utf8')
const [, refusals = ''] = /## What is refused\n([\s\S]*?)\n## /.exec(page) ?? []

test('docs/docker-run.md names every flag that is refused, or taken with one value only, and why', () => {
  const flags = run.flags.filter(flag => 'refused' in flag || flag.hidden)
  for (const flag of flags) {
    expect(refusals).toContain(`\`--${flag.name}`)
    if ('refused' in flag) expect(refusals).toContain(flag.refused.split('.')[0])
  }
})
