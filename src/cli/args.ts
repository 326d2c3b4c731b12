import { cut } from './cut.ts'
import { parseCheck, parsePull, parseRun } from './image-args.ts'
import { type Invocation, type Topic, topics } from './invocation.ts'
import { nearest } from './nearest.ts'
import { parseRecord, parseReplay, parseVersion } from './other-args.ts'
import { type ProcessContext, processContext } from './process-context.ts'
import { quote } from './quote.ts'
import { UsageError } from './usage.ts'

/** What the arguments after `holdfast` ask for; throws {@link UsageError} and nothing else. */
export function parseArgs(argv: readonly string[], world: ProcessContext = processContext()): Invocation {
  const [word, ...rest] = argv
  switch (word) {
    case 'run':
      return parseRun(rest, world)
    case 'pull':
      return parsePull(rest, world)
    case 'check':
      return parseCheck(rest, world)
    case 'record':
      return parseRecord(rest, world)
    case 'replay':
      return parseReplay(rest, world)
    case 'version':
      return parseVersion(rest, world)
    case '--version':
    case '-v':
      return { command: 'version-only' }
    case undefined:
    case '--help':
      return { command: 'help', topic: 'holdfast' }
    case 'help':
      return { command: 'help', topic: parseTopic(rest) }
    default:
      throw notCommand(word)
  }
}

function parseTopic([word, ...rest]: readonly string[]): Topic {
  if (word === undefined) return 'holdfast'
  const topic = topics.find(candidate => candidate === word)
  if (topic === undefined) throw notCommand(word)
  if (rest.length > 0)
    throw new UsageError('holdfast help takes one command', `Write holdfast help ${topic}.`)
  return topic
}

// Of a flag only the name is told: the rest may be a secret.
function notCommand(word: string): UsageError {
  if (word.startsWith('-')) {
    const flag = word.startsWith('--') ? cut(word, '=')[0] : word.slice(0, 2)
    return new UsageError(`${quote(flag)} stands before the command`, 'Write holdfast COMMAND [OPTIONS].')
  }
  const close = nearest(word, [...topics, 'help'])
  return new UsageError(
    `${quote(word)} is not a command of holdfast`,
    close === undefined ? 'holdfast --help shows the commands.' : `Did you mean holdfast ${close}?`,
  )
}
