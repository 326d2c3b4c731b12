import { describe, expect, test } from 'vitest'
import { checkCommand } from '../../src/cli/flags/check.ts'
import type { Command } from '../../src/cli/flags/flag.ts'
import { pullCommand } from '../../src/cli/flags/pull.ts'
import { runCommand } from '../../src/cli/flags/run.ts'
import { versionCommand } from '../../src/cli/flags/version.ts'
import { help } from '../../src/cli/help.ts'
import { topics } from '../../src/cli/invocation.ts'

const commands: Command<never>[] = [runCommand, pullCommand, checkCommand, versionCommand]

test.each(topics)('the page of %s fits 80 columns and has its sections', topic => {
  const page = help(topic)
  for (const line of page.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  expect(page).not.toMatch(/[ \t]\n|undefined|\n\n\n/)
  expect(page).toMatch(/^Usage: holdfast .+\n\n/)
  for (const title of ['Options:', 'Exit status:', 'Examples:']) expect(page).toContain(`\n${title}\n`)
  expect(page).toMatch(/[^\n]\n$/)
})

describe.each(commands)('holdfast $name', command => {
  const lines = help(command.name).split('\n')

  test.each(command.flags)('names --$name', flag => {
    const line = lines.find(text => new RegExp(`^ {2}(-\\w, | {4})--${flag.name}\\b(?!-)`).test(text))
    expect(line).toBeDefined()
    if (flag.short !== undefined) expect(line).toContain(`  -${flag.short}, `)
    if (flag.alias !== undefined) expect(line).toContain(`, --${flag.alias} `)
    if (flag.value !== undefined)
      expect(line).toContain(flag.bare === undefined ? ` ${flag.value}` : `[=${flag.value}]`)
  })

  test('has no flag twice, and each has a value or a meaning of its own', () => {
    const names = command.flags.flatMap(({ name, alias, short }) => [name, alias, short]).filter(Boolean)
    expect(new Set(names).size).toBe(names.length)
    for (const { value, bare } of command.flags) expect(value ?? bare).toBeDefined()
  })

  test('has none of the flags that it is said to lack', () => {
    for (const { name, alias = '', short = '' } of command.flags) {
      expect(command.lacks.names.has(name) || command.lacks.names.has(alias)).toBe(false)
      expect(command.lacks.shorts.has(short)).toBe(false)
    }
  })
})

test.each([
  ['run', ['0-255', '124', '125', '126', '127', '130, 143', '141']],
  ['pull', ['0', '125', '129, 130, 143', '141']],
  ['check', ['0', '1', '125', '141']],
] as const)('the exit statuses of %s', (topic, statuses) => {
  for (const status of statuses) expect(help(topic)).toMatch(new RegExp(`^  ${status} `, 'm'))
})
