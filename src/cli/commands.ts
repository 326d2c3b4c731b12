import { nearest } from '../run/nearest.ts'
import type { Command } from './command.ts'
import { check } from './commands/check.ts'
import { completion } from './commands/completion.ts'
import { pull } from './commands/pull.ts'
import { record } from './commands/record.ts'
import { replay } from './commands/replay.ts'
import { run } from './commands/run.ts'
import { version } from './commands/version.ts'
import { quote } from './quote.ts'
import { UsageError } from './usage.ts'

/** The commands of holdfast, in the order of the help. */
export const commands: readonly Command<unknown>[] = [
  run,
  pull,
  check,
  record,
  replay,
  completion(() => commands),
  version,
]

/** The command of that name. */
export function commandNamed(word: string): Command<unknown> {
  const command = commands.find(({ name }) => name === word)
  if (command !== undefined) return command
  const close = nearest(word, [...commands.map(({ name }) => name), 'help'])
  throw new UsageError(
    `${quote(word)} is not a command of holdfast`,
    close === undefined ? 'holdfast --help shows the commands.' : `Did you mean holdfast ${close}?`,
  )
}
