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

/** The files of the client, each with its number of lines. */
const client = ['engine', 'host', 'redact']
  .flatMap(folder => globSync(`src/${folder}/**/*.ts`, { cwd: root }))
  .map(file => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))

describe('what the README says of the client alone', () => {
  test('its lines of source', () => {
    const sum = client.reduce((total, { lines }) => total + lines, 0)
    const said = stated(/`holdfast\/engine` \| dockerode[\s\S]*?Source to read \| ([\d,]+) lines/)
    expect(Math.abs(sum - said) / said).toBeLessThan(0.05)
    const others = client.filter(({ file }) => !file.endsWith('wire.ts'))
    expect(Math.max(...others.map(({ lines }) => lines))).toBeLessThanOrEqual(
      stated(/no other file above (\d+)/),
    )
  })

  test('its requests', () => {
    const wire = readFileSync(join(root, 'docs/wire.md'), 'utf8')
    const requests = wire.match(/^\| `[A-Z]+ \//gm) ?? []
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.length).toBeLessThan(stated(/fewer than (\d+), all in \[docs\/wire\.md\]/))
  })
})

describe.skipIf(!existsSync(join(root, 'dist')))('what the README says of the sizes', () => {
  test.each([
    ['dist/standalone/index.js', /as one ES module .*? \| ([\d.]+) MB/],
    ['dist/cli/*.cjs', /\| three files, run by Node \| ([\d.]+) MB/],
  ])('%s', (files, pattern) => {
    const sizes = globSync(files, { cwd: root }).map(file => statSync(join(root, file)).size)
    const sum = sizes.reduce((total, size) => total + size, 0)
    expect(sum).toBeGreaterThan(0)
    expect(sum / 1e6).toBeLessThan(stated(pattern) + 0.05)
  })
})
