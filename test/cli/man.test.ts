import { expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { manPage } from '../../src/cli/man.ts'

const page = manPage(commands, '1.2.3')

test('the manual page names every command and every flag', () => {
  for (const { name, flags } of commands) {
    expect(page).toContain(`.SH HOLDFAST ${name.toUpperCase()}\n`)
    for (const flag of flags) {
      if (!('refused' in flag) && !flag.hidden)
        expect(page).toContain(`\\-\\-${flag.name.replaceAll('-', '\\-')}`)
    }
  }
})

test('a line that begins with a dot is a macro of man(7)', () => {
  const macros = new Set([...page.matchAll(/^\.(\S+)/gm)].map(([, name]) => name))
  expect([...macros].sort()).toEqual(['B', 'SH', 'SS', 'TH', 'TP', 'br', 'fi', 'nf'])
})

test('it has no line of its own without a text', () => {
  expect(page).not.toMatch(/\n\n|undefined|^'/m)
})
