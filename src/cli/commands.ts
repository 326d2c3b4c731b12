import { nearest } from '../run/nearest.ts'
import type { Command } from './command.ts'
import { check } from './commands/check.ts'
import { completion } from './commands/completion.ts'
import { logs } from './commands/logs.ts'
import { ps } from './commands/ps.ts'
import { pull } from './commands/pull.ts'
import { record } from './commands/record.ts'
import { replay } from './commands/replay.ts'
import { rm } from './commands/rm.ts'
import { run } from './commands/run.ts'
import { stop } from './commands/stop.ts'
import { sweep } from './commands/sweep.ts'
import { version } from './commands/version.ts'
import { wait } from './commands/wait.ts'
import { quote } from './quote.ts'
import { UsageError } from './usage.ts'

/** The commands of holdfast, in the order of the help. */
export const commands: readonly Command<unknown>[] = [
  run,
  pull,
  check,
  ps,
  logs,
  wait,
  stop,
  rm,
  sweep,
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
