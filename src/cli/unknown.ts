import { nearest } from '../run/nearest.ts'
import type { Command } from './command.ts'
import type { Refused } from './flags/flag.ts'
import { quote } from './quote.ts'
import { UsageError } from './usage.ts'

/** The error for a `--flag` that the command does not have; `where` is without its value, which may be a secret. */
export function unknownFlag(command: Command<unknown>, where: string): UsageError {
  const name = where.slice(2)
  if (command.flags.some(flag => flag.name === `${name}-stdin`)) {
    return new UsageError(
      `${quote(where)} is not a flag of holdfast ${command.name}: arguments are visible to all users of the machine`,
      `Write ${where}-stdin, and pass it on stdin.`,
    )
  }
  const known = command.flags.filter(flag => !('refused' in flag))
  const close = nearest(name, ['help', ...known.flatMap(({ name, alias = name }) => [name, alias])])
  return new UsageError(
    `${quote(where)} is not a flag of holdfast ${command.name}`,
    close === undefined ? seeHelp(command) : `Did you mean --${close}?`,
  )
}

/** The error for a `-f` that the command does not have; it shows only the flag, not the rest of the argument. */
export function unknownShort(command: Command<unknown>, short: string, argument: string): UsageError {
  const long = argument.slice(1)
  if (command.flags.some(flag => flag.name === long)) {
    return new UsageError(`${quote(argument)} has one dash`, `Write --${long}.`)
  }
  return new UsageError(`${quote(`-${short}`)} is not a flag of holdfast ${command.name}`, seeHelp(command))
}

/** Refuses a flag of docker's that the command does not have. */
export function refuse(command: Command<unknown>, { name, refused, instead }: Refused, where: string): never {
  const long = where.startsWith('--') ? where : `${where} (--${name})`
  throw new UsageError(`${long} is not supported by holdfast ${command.name}: ${refused}`, instead)
}

function seeHelp(command: Command<unknown>): string {
  return `holdfast ${command.name} --help shows its flags.`
}
