import { cut } from './cut.ts'
import { checkEngine, type EngineDraft } from './flags/engine.ts'
import type { Command } from './flags/flag.ts'
import type { ImageDraft } from './flags/image.ts'
import { type PullDraft, pullCommand } from './flags/pull.ts'
import { newRecordDraft, recordCommand } from './flags/record.ts'
import { newReplayDraft, replayCommand } from './flags/replay.ts'
import { runCommand } from './flags/run.ts'
import { newRunDraft, type RunDraft } from './flags/run-draft.ts'
import { versionCommand } from './flags/version.ts'
import { readArguments } from './grammar.ts'
import type { Invocation, RunRequest, Topic } from './invocation.ts'
import { topics } from './invocation.ts'
import { nearest } from './nearest.ts'
import { quote } from './quote.ts'
import { UsageError } from './usage.ts'
import { parseBoolean } from './values/boolean.ts'
import { parsePlatform } from './values/platform.ts'
import { processWorld, type World } from './world.ts'

/** What the arguments after `holdfast` ask for; throws {@link UsageError} and nothing else. */
export function parseArgs(argv: readonly string[], world: World = processWorld()): Invocation {
  const [word, ...rest] = argv
  switch (word) {
    case 'run':
      return parseRun(rest, world)
    case 'pull':
      return parsePull(rest, world)
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

function parseRun(argv: readonly string[], world: World): Invocation {
  const draft = newRunDraft()
  const operands = readDraft(runCommand, argv, draft, world)
  if (operands === 'help') return { command: 'help', topic: 'run' }
  const [image, ...command] = operands
  if (image === undefined) throw noImage(runCommand)
  const { interactive, quiet, engine, audit, outcome } = draft
  return {
    command: 'run',
    run: { ...runRequest(draft, image, command), ...platform(draft, world) },
    interactive,
    quiet,
    engine,
    ...(audit === undefined ? {} : { audit }),
    ...(outcome === undefined ? {} : { outcome }),
  }
}

function runRequest(draft: RunDraft, image: string, command: readonly string[]): RunRequest {
  const env = new Map<string, string | null>([...draft.fileVariables, ...draft.variables])
  return {
    image,
    ...(command.length > 0 && { command }),
    ...draft.run,
    ...(env.size > 0 && { env: Object.fromEntries(env) }),
    ...(draft.labels.size > 0 && { labels: Object.fromEntries(draft.labels) }),
    ...(draft.volumes.length > 0 && { volumes: draft.volumes }),
    ...(draft.mounts.length > 0 && { mounts: draft.mounts }),
  }
}

function parsePull(argv: readonly string[], world: World): Invocation {
  const draft: PullDraft = { engine: {}, quiet: false }
  const images = readDraft(pullCommand, argv, draft, world)
  if (images === 'help') return { command: 'help', topic: 'pull' }
  if (images.length === 0) throw noImage(pullCommand)
  return { command: 'pull', images, ...draft, ...platform(draft, world) }
}

function parseRecord(given: readonly string[], world: World): Invocation {
  const draft = newRecordDraft()
  const argv = readDraft(recordCommand, given, draft, world)
  if (argv === 'help') return { command: 'help', topic: 'record' }
  const { out, normalize, replace, redact, engine } = draft
  if (out === undefined) throw new UsageError('holdfast record needs --out FILE', 'Name the file to write.')
  if (argv.length === 0) {
    throw new UsageError(
      'holdfast record needs a COMMAND',
      `Write holdfast record ${recordCommand.operands}.`,
    )
  }
  return { command: 'record', argv, out, normalize, replace: Object.fromEntries(replace), redact, engine }
}

function parseReplay(given: readonly string[], world: World): Invocation {
  const draft = newReplayDraft()
  const operands = readDraft(replayCommand, given, draft, world)
  if (operands === 'help') return { command: 'help', topic: 'replay' }
  const [file, ...argv] = operands
  if (file === undefined) {
    throw new UsageError('holdfast replay needs a FILE', `Write holdfast replay ${replayCommand.operands}.`)
  }
  const { socket, timing, cut } = draft
  return { command: 'replay', file, argv, timing, cut, ...(socket !== undefined && { socket }) }
}

function parseVersion(argv: readonly string[], world: World): Invocation {
  const draft: EngineDraft = { engine: {} }
  const operands = readDraft(versionCommand, argv, draft, world)
  if (operands === 'help') return { command: 'help', topic: 'version' }
  const [first] = operands
  if (first === undefined) return { command: 'version', ...draft }
  throw new UsageError(
    `holdfast version takes no argument, and got ${quote(first)}`,
    'Write holdfast version.',
  )
}

// Reads the flags into the draft; the help is shown whatever the other values are.
function readDraft<Draft extends EngineDraft>(
  command: Command<Draft>,
  argv: readonly string[],
  draft: Draft,
  world: World,
): readonly string[] | 'help' {
  const { given, operands } = readArguments(command, argv)
  const help = given.filter(({ flag }) => flag.name === 'help')
  if (help.some(({ text, where }) => parseBoolean(text, where))) return 'help'
  for (const { flag, text, where } of given) flag.set(draft, { text, where, world })
  checkEngine(draft.engine)
  return operands
}

function platform(draft: ImageDraft, { env }: World): { platform?: string } {
  if (draft.platform !== undefined) return { platform: draft.platform }
  const preset = env.DOCKER_DEFAULT_PLATFORM
  return preset ? { platform: parsePlatform(preset, 'DOCKER_DEFAULT_PLATFORM') } : {}
}

function noImage({ name, operands }: Command<never>): UsageError {
  return new UsageError(`holdfast ${name} needs an IMAGE`, `Write holdfast ${name} ${operands}.`)
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
