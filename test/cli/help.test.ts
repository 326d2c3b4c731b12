import { describe, expect, test } from 'vitest'
import { commandNamed, commands } from '../../src/cli/commands.ts'
import { helpFlag } from '../../src/cli/grammar.ts'
import { overview, page } from '../../src/cli/help.ts'

const pages = [
  ['holdfast', overview(commands)] as const,
  ...commands.map(command => [command.name, page(command)] as const),
]

test.each(pages)('the page of %s fits 80 columns and has its sections', (_, page) => {
  for (const line of page.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  expect(page).not.toMatch(/[ \t]\n|undefined|\n\n\n/)
  expect(page).toMatch(/^Usage: holdfast .+\n\n/)
  for (const title of ['Options:', 'Exit status:', 'Examples:']) expect(page).toContain(`\n${title}\n`)
  expect(page).toMatch(/[^\n]\n$/)
})

describe.each(commands)('holdfast $name', command => {
  const lines = page(command).split('\n')
  const flags = [...command.flags, helpFlag].flatMap(flag => ('refused' in flag || flag.hidden ? [] : [flag]))

  test.each(flags)('names --$name', flag => {
    const line = lines.find(text => new RegExp(`^ {2}(-\\w, | {4})--${flag.name}\\b(?!-)`).test(text))
    expect(line).toBeDefined()
    if (flag.short !== undefined) expect(line).toContain(`  -${flag.short}, `)
    if (flag.alias !== undefined) expect(line).toContain(`, --${flag.alias} `)
    const { meta, bare } = flag.kind
    if (meta !== '') expect(line).toContain(bare === undefined ? ` ${meta}` : `[=${meta}]`)
  })

  test('has no flag twice, and each has a value or a meaning of its own', () => {
    const names = [...command.flags, helpFlag].flatMap(({ name, alias, short }) => [name, alias, short])
    const given = names.filter(name => name !== undefined)
    expect(new Set(given).size).toBe(given.length)
    for (const { kind } of flags) expect(kind.bare ?? kind.meta).not.toBe('')
  })

  test('does not name what it refuses', () => {
    for (const flag of command.flags) {
      if ('refused' in flag || flag.hidden)
        expect(lines.join('\n')).not.toMatch(new RegExp(`--${flag.name}\\b(?!-)`))
    }
  })
})

test.each([
  ['run', ['0-255', '124', '125', '126', '127', '130, 143', '141']],
  ['pull', ['0', '125', '129, 130, 143', '141']],
  ['check', ['0', '1', '125', '141']],
] as const)('the exit statuses of %s', (topic, statuses) => {
  for (const status of statuses) expect(page(commandNamed(topic))).toMatch(new RegExp(`^  ${status} `, 'm'))
})
