import type { Command } from './command.ts'
import type { Flag } from './flags/flag.ts'
import { helpFlag } from './grammar.ts'
import { wrap } from './terminal/wrap.ts'

type Row = readonly [left: string, right: string]

const width = 80

/** The list of the commands. */
export function overview(commands: readonly Command<unknown>[]): string {
  const [first] = commands
  return [
    'Usage: holdfast COMMAND [OPTIONS] [ARG...]',
    '',
    ...wrap("Run containers as jobs over the Docker Engine's HTTP API.", 0, width),
    '',
    ...section('Commands', [
      ...commands.map(({ name, about }): Row => [name, about]),
      ['help', 'Show the help of a command'],
    ]),
    ...section('Options', [
      ['--help', 'Show this help'],
      ['--version', "Show holdfast's version"],
    ]),
    ...section('Exit status', first?.exits ?? []),
    ...examples(commands.flatMap(({ examples }) => examples.slice(0, 1))),
    'holdfast COMMAND --help shows the options of a command.',
    '',
  ].join('\n')
}

/** A command's page, which ends with a newline and is at most 80 columns wide. */
export function page(command: Command<unknown>): string {
  const flags = [...command.flags, helpFlag].flatMap(flag => ('refused' in flag || flag.hidden ? [] : [flag]))
  const groups = Map.groupBy(flags, ({ group = 'Options' }) => group)
  return [
    `Usage: holdfast ${command.name} ${command.operands}`,
    '',
    ...wrap(`${command.about}.`, 0, width),
    '',
    ...[...groups].flatMap(([title, flags]) => section(title, flags.map(row))),
    ...section('Exit status', command.exits),
    ...examples(command.examples).slice(0, -1),
    '',
  ].join('\n')
}

function row(flag: Flag<never>): Row {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `
  const alias = flag.alias === undefined ? '' : `, --${flag.alias}`
  return [`${short}--${flag.name}${alias}${value(flag)}`, flag.about]
}

function value({ kind: { meta, bare } }: Flag<never>): string {
  if (meta === '') return ''
  return bare === undefined ? ` ${meta}` : `[=${meta}]`
}

function examples(lines: readonly string[]): string[] {
  return ['Examples:', ...lines.map(line => `  ${line}`), '']
}

function section(title: string, rows: readonly Row[]): string[] {
  const left = Math.min(26, Math.max(...rows.map(([text]) => text.length)))
  return [`${title}:`, ...rows.flatMap(([text, about]) => entry(text, about, left)), '']
}

// A long left side gets a line of its own.
function entry(text: string, about: string, left: number): string[] {
  const [first = '', ...more] = wrap(about, left + 4, width)
  if (text.length > left) return [`  ${text}`, first, ...more]
  return [`  ${text.padEnd(left)}  ${first.trimStart()}`, ...more]
}
