import type { Command } from './flags/flag.ts'
import { nearest } from './nearest.ts'
import { quote } from './quote.ts'
import { UsageError } from './usage.ts'

/** The error for a `--flag` that the command does not have; `where` is without its value, which may be a secret. */
export function unknownFlag(command: Command<never>, where: string): UsageError {
  const name = where.slice(2)
  if (command.lacks.names.has(name)) return lacking(command, where)
  if (command.flags.some(flag => flag.name === `${name}-stdin`)) {
    return new UsageError(
      `${quote(where)} is not a flag of holdfast ${command.name}: everyone on the machine can read arguments`,
      `Write ${where}-stdin, and pass it on stdin.`,
    )
  }
  const names = command.flags.flatMap(flag =>
    flag.alias === undefined ? flag.name : [flag.name, flag.alias],
  )
  const close = nearest(name, names)
  return new UsageError(
    `${quote(where)} is not a flag of holdfast ${command.name}`,
    close === undefined ? seeHelp(command) : `Did you mean --${close}?`,
  )
}

/** The error for a `-f` that the command does not have; of the argument, only a flag's name is told. */
export function unknownShort(command: Command<never>, short: string, argument: string): UsageError {
  const long = argument.slice(1)
  if (command.flags.some(flag => flag.name === long)) {
    return new UsageError(`${quote(argument)} has one dash`, `Write --${long}.`)
  }
  const name = command.lacks.shorts.get(short)
  if (name !== undefined) return lacking(command, `-${short} (--${name})`)
  return new UsageError(`${quote(`-${short}`)} is not a flag of holdfast ${command.name}`, seeHelp(command))
}

function lacking(command: Command<never>, where: string): UsageError {
  return new UsageError(`${where} is not supported by holdfast ${command.name}`, seeHelp(command))
}

function seeHelp(command: Command<never>): string {
  return `holdfast ${command.name} --help shows its flags.`
}
