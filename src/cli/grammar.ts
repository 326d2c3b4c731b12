import { cut } from './cut.ts'
import type { Command, Flag } from './flags/flag.ts'
import { unknownFlag, unknownShort } from './unknown.ts'
import { UsageError } from './usage.ts'

/** A flag as it was given. */
export interface Given<Draft> {
  readonly flag: Flag<Draft>
  /** As it was written: `-m`, `--memory`. */
  readonly where: string
  readonly text: string
}

/** A command's arguments, told apart. */
export interface Reading<Draft> {
  readonly given: readonly Given<Draft>[]
  readonly operands: readonly string[]
}

type Rest = Iterator<string, unknown>

/**
 * Tells flags from operands by the grammar of docker's pflag. node:util's parseArgs can't: it has no value that is
 * optional (`--rm=success`), no `--init=false`, no `-e=A=b`, and it does not stop at the first operand.
 */
export function readArguments<Draft>(command: Command<Draft>, argv: readonly string[]): Reading<Draft> {
  const given: Given<Draft>[] = []
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

function readLong<Draft>(command: Command<Draft>, argument: string, rest: Rest): Given<Draft> {
  const [where, attached] = cut(argument, '=')
  const name = where.slice(2)
  const flag = command.flags.find(candidate => candidate.name === name || candidate.alias === name)
  if (flag === undefined) throw unknownFlag(command, where)
  return { flag, where, text: attached ?? flag.bare ?? next(flag, where, rest) }
}

// `-it`, `-w/dir`, `-w=/dir`, `-w /dir`, and `-itw /dir`.
function readShorts<Draft>(command: Command<Draft>, argument: string, rest: Rest): Given<Draft>[] {
  const given: Given<Draft>[] = []
  let cluster = argument.slice(1)
  while (cluster !== '') {
    const short = String.fromCodePoint(cluster.codePointAt(0) ?? 0)
    const flag = command.flags.find(candidate => candidate.short === short)
    if (flag === undefined) throw unknownShort(command, short, argument)
    const where = `-${short}`
    const attached = cluster.slice(short.length)
    // pflag takes a lone "=" for the value itself.
    if (/^=./s.test(attached)) {
      given.push({ flag, where, text: attached.slice(1) })
      cluster = ''
    } else if (flag.bare !== undefined) {
      given.push({ flag, where, text: flag.bare })
      cluster = attached
    } else {
      given.push({ flag, where, text: attached || next(flag, where, rest) })
      cluster = ''
    }
  }
  return given
}

function next(flag: Flag<never>, where: string, rest: Rest): string {
  const { done, value } = rest.next()
  if (done) throw new UsageError(`${where} needs a value`, `Write ${where} ${flag.value}.`)
  return value
}
