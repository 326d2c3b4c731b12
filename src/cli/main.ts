import { ownVersion } from '../run/own-version.ts'
import { commandNamed, commands } from './commands.ts'
import { cut } from './cut.ts'
import { explain, kindOf } from './explain.ts'
import { parse } from './grammar.ts'
import { overview, page } from './help.ts'
import { type ProcessContext, processContext } from './process-context.ts'
import { quote } from './quote.ts'
import { complain, print } from './terminal/print.ts'
import { isUnread } from './terminal/stdio.ts'
import { UsageError } from './usage.ts'

/** The status for a failure of holdfast or of the Engine, not of the job. */
const failed = 125

/** Runs the command; resolves with the exit status, and never rejects. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await perform(argv, processContext())
  } catch (error) {
    complain(explain(error), kindOf(error))
    return failed
  }
}

/**
 * Ends the process with that status: at once, unless something is unread. By itself Node would first free all of its memory, for a
 * twentieth of a short run.
 */
export function end(status: number): void {
  process.exitCode = status
  if (!isUnread()) process.exit()
}

async function perform([word, ...argv]: readonly string[], context: ProcessContext): Promise<number> {
  if (word === undefined || word === '--help') return print(overview(commands))
  if (word === '--version' || word === '-v') return print(`holdfast ${ownVersion}\n`)
  if (word === 'help') return print(helpOn(argv))
  if (word.startsWith('-')) throw misplaced(word)
  const command = commandNamed(word)
  const given = parse(command, argv, context)
  return given === 'help' ? print(page(command)) : command.run(given.flags, given.operands, context)
}

function helpOn([word, ...rest]: readonly string[]): string {
  if (word === undefined) return overview(commands)
  const command = commandNamed(word)
  if (rest.length === 0) return page(command)
  throw new UsageError('holdfast help takes one command', `Write holdfast help ${command.name}.`)
}

// Names only the flag: its value may be a secret.
function misplaced(word: string): UsageError {
  const flag = word.startsWith('--') ? cut(word, '=')[0] : word.slice(0, 2)
  return new UsageError(`${quote(flag)} stands before the command`, 'Write holdfast COMMAND [OPTIONS].')
}
