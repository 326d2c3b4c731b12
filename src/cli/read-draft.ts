import { checkEngine, type EngineDraft } from './flags/engine.ts'
import type { Command } from './flags/flag.ts'
import { readArguments } from './grammar.ts'
import type { ProcessContext } from './process-context.ts'
import { parseBoolean } from './values/boolean.ts'

/** Reads the flags into the draft, and gives the operands; the help is shown whatever the other values are. */
export function readDraft<Draft extends EngineDraft>(
  command: Command<Draft>,
  argv: readonly string[],
  draft: Draft,
  world: ProcessContext,
): readonly string[] | 'help' {
  const { given, operands } = readArguments(command, argv)
  const help = given.filter(({ flag }) => flag.name === 'help')
  if (help.some(({ text, where }) => parseBoolean(text, where))) return 'help'
  for (const { flag, text, where } of given) flag.set(draft, { text, where, world })
  checkEngine(draft.engine)
  return operands
}
