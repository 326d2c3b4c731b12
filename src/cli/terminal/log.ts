import type { FailureKind } from '../../run/failure.ts'
import type { LogLine, Stamp } from '../records.ts'
import { printable } from './printable.ts'

/** How holdfast's own lines on stderr are written: as text, or as a JSON object a line. */
export const logFormats = ['text', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

/** One command is one process, and its lines have one format. */
const log: { format: LogFormat; run?: string } = { format: 'text' }

export function setLogFormat(format: LogFormat): void {
  log.format = format
}

/** Names the run that this process performs: JSON lines, audit lines and event lines carry its id. */
export function setRun(id: string): void {
  log.run = id
}

/** The fields of a JSON line that join it with those of other files: when it happened, and in which run. */
export function stamp(at = new Date()): Stamp {
  return { time: at.toISOString(), ...(log.run !== undefined && { run: log.run }) }
}

export function isJsonLog(): boolean {
  return log.format === 'json'
}

/** Lines as they go to stderr, each with the prefix `holdfast: `; as JSON, those that belong together are one object. */
export function logText(lines: readonly string[], error?: { kind: FailureKind | undefined }): string {
  if (!isJsonLog()) return lines.map(line => `holdfast: ${printable(line)}\n`).join('')
  const text = lines.map(printable).join('\n')
  const kind = error?.kind
  const message = text.replace(kind === undefined ? /^warning: / : new RegExp(`^${kind}: `, 'gm'), '')
  const isWarning = message !== text || text.startsWith('STALE')
  const level = error !== undefined ? 'error' : isWarning ? 'warning' : 'info'
  const line: LogLine = { ...stamp(), level, ...(kind !== undefined && { kind }), message }
  return `${JSON.stringify(line)}\n`
}
