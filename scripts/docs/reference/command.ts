import type { Command } from '../../../src/cli/command.ts'
import type { Flag } from '../../../src/cli/flags/flag.ts'
import { table } from './markdown.ts'

/** The reference of the commands, from the rows of their flags. */
export function commandPage(commands: readonly Command<unknown>[]): string {
  return commands.map(commandText).join('\n\n')
}

function commandText({ name, operands, about, flags, exits, examples }: Command<unknown>): string {
  const shown = flags.flatMap(flag => ('refused' in flag || flag.hidden ? [] : [flag]))
  const groups = Map.groupBy(shown, ({ group = 'Options' }) => group)
  return [
    `## holdfast ${name}`,
    `${about}.`,
    `\`holdfast ${name} ${operands}\``,
    ...[...groups].flatMap(([title, rows]) => [
      ...(groups.size > 1 ? [`### ${title} of ${name}`] : []),
      table(['Flag', 'Meaning'], rows.map(row)),
    ]),
    table(['Exit status', 'Meaning'], exits),
    `\`\`\`sh\n${examples.join('\n')}\n\`\`\``,
  ].join('\n\n')
}

function row({ name, short, alias, about, kind: { meta, bare } }: Flag<never>): string[] {
  const value = meta === '' ? '' : bare === undefined ? ` ${meta}` : `[=${meta}]`
  const names = [
    ...(short === undefined ? [] : [`-${short}`]),
    `--${name}`,
    ...(alias === undefined ? [] : [`--${alias}`]),
  ]
  return [`\`${names.join(', ')}${value}\``, about]
}
