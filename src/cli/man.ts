import type { Command } from './command.ts'
import type { Flag } from './flags/flag.ts'
import { helpFlag } from './grammar.ts'

/** The manual page, in man(7)'s macros, from the same rows as the help. */
export function manPage(commands: readonly Command<unknown>[], version: string): string {
  return [
    `.TH HOLDFAST 1 "" "holdfast ${plain(version)}" "User Commands"`,
    '.SH NAME',
    'holdfast \\- run containers as jobs over the Docker Engine API',
    '.SH SYNOPSIS',
    ...commands.flatMap(({ name, operands }) => [`.B holdfast ${plain(name)}`, plain(operands), '.br']),
    ...commands.flatMap(commandSection),
    '',
  ].join('\n')
}

function commandSection(command: Command<unknown>): string[] {
  const flags = [...command.flags, helpFlag].flatMap(flag => ('refused' in flag || flag.hidden ? [] : [flag]))
  return [
    `.SH ${plain(`holdfast ${command.name}`.toUpperCase())}`,
    plain(`${command.about}.`),
    ...[...Map.groupBy(flags, ({ group = 'Options' }) => group)].flatMap(([title, flags]) => [
      `.SS ${plain(title)}`,
      ...flags.flatMap(flag => ['.TP', `.B ${plain(flagText(flag))}`, plain(`${flag.about}.`)]),
    ]),
    '.SS Exit status',
    ...command.exits.flatMap(([status, meaning]) => ['.TP', `.B ${plain(status)}`, plain(`${meaning}.`)]),
    '.SS Examples',
    '.nf',
    ...command.examples.map(plain),
    '.fi',
  ]
}

function flagText({ name, short, alias, kind: { meta, bare } }: Flag<never>): string {
  const names = [
    ...(short === undefined ? [] : [`-${short}`]),
    `--${name}`,
    ...(alias === undefined ? [] : [`--${alias}`]),
  ]
  const value = meta === '' ? '' : bare === undefined ? ` ${meta}` : `[=${meta}]`
  return `${names.join(', ')}${value}`
}

/** A text of which roff takes nothing for its own. */
function plain(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&')
}
