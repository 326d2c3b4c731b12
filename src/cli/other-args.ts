import type { EngineDraft } from './flags/engine.ts'
import { newRecordDraft, recordCommand } from './flags/record.ts'
import { newReplayDraft, replayCommand } from './flags/replay.ts'
import { versionCommand } from './flags/version.ts'
import type { Invocation } from './invocation.ts'
import type { ProcessContext } from './process-context.ts'
import { quote } from './quote.ts'
import { readDraft } from './read-draft.ts'
import { UsageError } from './usage.ts'

/** `holdfast record`. */
export function parseRecord(given: readonly string[], world: ProcessContext): Invocation {
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

/** `holdfast replay`. */
export function parseReplay(given: readonly string[], world: ProcessContext): Invocation {
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

/** `holdfast version`. */
export function parseVersion(argv: readonly string[], world: ProcessContext): Invocation {
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
