import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The number in that place of the README. */
function stated(pattern: RegExp): number {
  const [, number] = pattern.exec(readme) ?? []
  expect(number, `the README has nothing like ${pattern}`).toBeDefined()
  return Number(number?.replace(',', ''))
}

function lines(folders: readonly string[]): number[] {
  const files = folders.flatMap(folder => globSync(`src/${folder}/**/*.ts`, { cwd: root }))
  return files.map(file => readFileSync(join(root, file), 'utf8').split('\n').length - 1)
}

describe('what the README says of the client alone', () => {
  test('its lines of source', () => {
    const actual = lines(['engine', 'host', 'redact'])
    const sum = actual.reduce((total, count) => total + count, 0)
    const said = stated(/`holdfast\/engine` \| dockerode[\s\S]*?Source to read \| ([\d,]+) lines/)
    expect(Math.abs(sum - said) / said).toBeLessThan(0.05)
    expect(Math.max(...actual)).toBeLessThanOrEqual(stated(/no file above (\d+)/))
  })

  test('its requests', () => {
    const wire = readFileSync(join(root, 'docs/wire.md'), 'utf8')
    expect(wire.match(/^\| `[A-Z]+ \//gm)).toHaveLength(stated(/the (\d+) of \[docs\/wire\.md\]/))
  })
})

describe.skipIf(!existsSync(join(root, 'dist')))('what the README says of the sizes', () => {
  test.each([
    ['dist/standalone/index.js', /as one ES module .*? \| ([\d.]+) MB/],
    ['dist/cli/main.cjs', /\| one file, run by Node \| ([\d.]+) MB/],
  ])('%s', (file, pattern) => {
    expect(statSync(join(root, file)).size / 1e6).toBeLessThan(stated(pattern) + 0.05)
  })
})
