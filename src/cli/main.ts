import { parseArgs } from './args.ts'
import { explain } from './explain.ts'
import type { Invocation } from './invocation.ts'
import { complain, print } from './terminal/print.ts'

/** The status for what is holdfast's or the Engine's failure, not the job's. */
const failed = 125

/** Runs the command; gives the exit status, and throws nothing. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await perform(parseArgs(argv))
  } catch (error) {
    complain(explain(error))
    return failed
  }
}

// Each command is imported when it is the one: the help needs no Engine.
async function perform(invocation: Invocation): Promise<number> {
  switch (invocation.command) {
    case 'help': {
      const { help } = await import('./help.ts')
      return print(help(invocation.topic))
    }
    case 'version-only': {
      const { ownVersion } = await import('./commands/own-version.ts')
      return print(`holdfast ${ownVersion()}\n`)
    }
    case 'version':
      return (await import('./commands/version.ts')).versionCommand(invocation)
    case 'pull':
      return (await import('./commands/pull.ts')).pullCommand(invocation)
    case 'check':
      return (await import('./commands/check.ts')).checkCommand(invocation)
    case 'record':
      return (await import('./commands/record.ts')).recordCommand(invocation)
    case 'replay':
      return (await import('./commands/replay.ts')).replayCommand(invocation)
    case 'run':
      return (await import('./commands/run.ts')).runCommand(invocation)
  }
}
