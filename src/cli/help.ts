import { checkCommand } from './flags/check.ts'
import type { Command, Flag } from './flags/flag.ts'
import { pullCommand } from './flags/pull.ts'
import { recordCommand } from './flags/record.ts'
import { replayCommand } from './flags/replay.ts'
import { runCommand } from './flags/run.ts'
import { versionCommand } from './flags/version.ts'
import type { Topic } from './invocation.ts'
import { wrap } from './terminal/wrap.ts'

type Row = readonly [left: string, right: string]

const width = 80
const commands: Readonly<Record<Exclude<Topic, 'holdfast'>, Command<never>>> = {
  run: runCommand,
  pull: pullCommand,
  check: checkCommand,
  record: recordCommand,
  replay: replayCommand,
  version: versionCommand,
}

/** A page of the help, which ends with a newline and is at most 80 columns wide. */
export function help(topic: Topic): string {
  return topic === 'holdfast' ? overview() : page(commands[topic])
}

function overview(): string {
  const all = Object.values(commands)
  return [
    'Usage: holdfast COMMAND [OPTIONS] [ARG...]',
    '',
    ...wrap("Run containers as jobs over the Docker Engine's HTTP API.", 0, width),
    '',
    ...section('Commands', [
      ...all.map(({ name, about }): Row => [name, about]),
      ['help', 'Show the help of a command'],
    ]),
    ...section('Options', [
      ['--help', 'Show this help'],
      ['--version', "Show holdfast's version"],
    ]),
    ...section('Exit status', commands.run.exits),
    ...examples(all.flatMap(({ examples }) => examples.slice(0, 1))),
    'holdfast COMMAND --help shows the options of a command.',
    '',
  ].join('\n')
}

function page(command: Command<never>): string {
  return [
    `Usage: holdfast ${command.name} ${command.operands}`,
    '',
    ...wrap(`${command.about}.`, 0, width),
    '',
    ...section('Options', command.flags.map(row)),
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

function value({ value, bare }: Flag<never>): string {
  if (value === undefined) return ''
  return bare === undefined ? ` ${value}` : `[=${value}]`
}

function examples(lines: readonly string[]): string[] {
  return ['Examples:', ...lines.map(line => `  ${line}`), '']
}

function section(title: string, rows: readonly Row[]): string[] {
  const left = Math.min(26, Math.max(...rows.map(([text]) => text.length)))
  return [`${title}:`, ...rows.flatMap(([text, about]) => entry(text, about, left)), '']
}

// A left side that is too long gets a line of its own.
function entry(text: string, about: string, left: number): string[] {
  const [first = '', ...more] = wrap(about, left + 4, width)
  if (text.length > left) return [`  ${text}`, first, ...more]
  return [`  ${text.padEnd(left)}  ${first.trimStart()}`, ...more]
}
