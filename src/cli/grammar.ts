import type { Command } from './command.ts'
import { cut } from './cut.ts'
import type { Flag, Refused } from './flags/flag.ts'
import { lookup, type ProcessContext } from './process-context.ts'
import { refuse, unknownFlag, unknownShort } from './unknown.ts'
import { checkAll, named, UsageError } from './usage.ts'
import { boolean, parseBoolean } from './values/scalar.ts'

/** A flag as it was given. */
export interface Given<Target> {
  readonly flag: Flag<Target> | Refused
  /** As it was written: `-m`, `--memory`. */
  readonly where: string
  readonly text: string
}

/** A command's arguments, separated into flags and operands. */
export interface Reading<Target> {
  readonly given: readonly Given<Target>[]
  readonly operands: readonly string[]
}

type Rest = Iterator<string, unknown>

/** Every command has it. */
export const helpFlag: Flag<unknown> = { name: 'help', about: 'Show this help', kind: boolean, put() {} }

/**
 * Reads a command's arguments into its target; `help` where they ask for it, whatever the other values are. All values that
 * are refused are reported together.
 */
export function parse<Target>(
  command: Command<Target>,
  argv: readonly string[],
  context: ProcessContext,
): { flags: Target; operands: readonly string[] } | 'help' {
  const { given, operands } = readArguments(command, argv)
  const help = given.filter(({ flag }) => flag === helpFlag)
  if (help.some(({ text, where }) => named(where, text, () => parseBoolean(text)))) return 'help'
  const target = command.target()
  const rows = command.flags.flatMap(flag => ('refused' in flag ? [] : [flag]))
  const refusals = given.flatMap(({ flag, where }) =>
    'refused' in flag ? [() => refuse(command, flag, where)] : [],
  )
  const puts = [...rows.filter(({ first }) => first), ...rows.filter(({ first }) => !first)].flatMap(flag => {
    const values = given.filter(given => given.flag === flag)
    return (values.length > 0 ? values : preset(flag, context)).map(({ where, text }) => () => {
      const { secret, bare } = flag.kind
      named(where, secret || text === bare ? undefined : text, () => flag.put(target, text, context))
    })
  })
  checkAll([...refusals, ...puts])
  return { flags: target, operands }
}

function preset({ variable }: Flag<never>, { env }: ProcessContext): { where: string; text: string }[] {
  const text = variable === undefined ? undefined : lookup(env, variable)
  return variable === undefined || text === undefined ? [] : [{ where: variable, text }]
}

/**
 * Separates flags from operands by the grammar of docker's pflag. node:util's parseArgs can't: it has no value that is
 * optional (`--rm=success`), no `--init=false`, no `-e=A=b`, and it does not stop at the first operand.
 */
export function readArguments<Target>(command: Command<Target>, argv: readonly string[]): Reading<Target> {
  const given: Given<Target>[] = []
  const operands: string[] = []
  const rest = argv.values()
  let open = true
  for (const argument of rest) {
    if (open && argument === '--') {
      open = false
    } else if (!open || argument === '-' || !argument.startsWith('-')) {
      operands.push(argument)
      if (command.stops) open = false
    } else if (argument.startsWith('--')) {
      given.push(readLong(command, argument, rest))
    } else {
      given.push(...readShorts(command, argument, rest))
    }
  }
  return { given, operands }
}

function findFlag<Target>(
  command: Command<Target>,
  matches: (flag: Flag<Target> | Refused) => boolean,
): Flag<Target> | Refused | undefined {
  return [...command.flags, helpFlag].find(matches)
}

function readLong<Target>(command: Command<Target>, argument: string, rest: Rest): Given<Target> {
  const [where, attached] = cut(argument, '=')
  const name = where.slice(2)
  const flag = findFlag(command, candidate => candidate.name === name || candidate.alias === name)
  if (flag === undefined) throw unknownFlag(command, where)
  return { flag, where, text: attached ?? flag.kind.bare ?? next(flag, where, rest) }
}

// `-it`, `-w/dir`, `-w=/dir`, `-w /dir`, and `-itw /dir`.
function readShorts<Target>(command: Command<Target>, argument: string, rest: Rest): Given<Target>[] {
  const given: Given<Target>[] = []
  let cluster = argument.slice(1)
  while (cluster !== '') {
    const short = String.fromCodePoint(cluster.codePointAt(0) ?? 0)
    const where = `-${short}`
    const flag = findFlag(command, candidate => candidate.short === short)
    if (flag === undefined) throw unknownShort(command, short, argument)
    const { bare } = flag.kind
    const attached = cluster.slice(short.length)
    // pflag takes a lone "=" for the value itself.
    if (/^=./s.test(attached)) {
      given.push({ flag, where, text: attached.slice(1) })
      cluster = ''
    } else if (bare !== undefined) {
      given.push({ flag, where, text: bare })
      cluster = attached
    } else {
      given.push({ flag, where, text: attached || next(flag, where, rest) })
      cluster = ''
    }
  }
  return given
}

function next({ kind }: Pick<Flag<never>, 'kind'>, where: string, rest: Rest): string {
  const { done, value } = rest.next()
  if (done) throw new UsageError(`${where} needs a value`, `Write ${where} ${kind.meta}.`)
  return value
}
