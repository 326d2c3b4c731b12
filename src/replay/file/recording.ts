import { isObject, wrongEventField, wrongLineField } from './check.ts'
import type { Content, Headers } from './content.ts'
import type { Exchange, Said, Utterance } from './exchange.ts'

/** A thing that happened on one connection; `at` is milliseconds since the recording began. */
export type RecordedEvent = { conn: number; at: number } & (
  | { request: string; headers: Headers; body?: Content }
  | Utterance
)

/** A recording of version 1: all events of all connections, in one order. It can still be played. */
export interface EventRecording {
  head: { recording: 1; [note: string]: unknown }
  events: RecordedEvent[]
}

/** A conversation with an Engine. */
export interface ExchangeRecording {
  /** The first line of the file: the format's version, and whatever its maker noted. */
  head: { recording: 2; [note: string]: unknown }
  exchanges: Exchange[]
}

export type Recording = ExchangeRecording | EventRecording

/** A file is not a recording, is not whole, or is of a version that is not known. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
  readonly kind = 'usage'
}

/** A recording as NDJSON: its head, a line for each thing said, and of version 2 a last line that counts. */
export function formatRecording(recording: Recording): string {
  const { head } = recording
  const lines = 'events' in recording ? recording.events : exchangeLines(recording.exchanges)
  return [head, ...lines].map(line => `${JSON.stringify(line)}\n`).join('')
}

function exchangeLines(exchanges: readonly Exchange[]): object[] {
  const lines = exchanges.flatMap(({ said, ...request }) => [request, ...said])
  return [...lines, { requests: exchanges.length }]
}

interface Line {
  value: unknown
  number: number
}

/** @throws {RecordingError} which names the line that is wrong. */
export function parseRecording(text: string): Recording {
  const [first, ...rest] = text
    .split('\n')
    .flatMap((line, index) =>
      line.trim() === '' ? [] : [{ value: parseLine(line, index + 1), number: index + 1 }],
    )
  const head = first?.value
  if (isHead(head, 1)) return { head, events: rest.map(checkEvent) }
  if (isHead(head, 2)) return { head, exchanges: parseExchanges(rest) }
  if (isObject(head) && Number.isInteger(head.recording)) {
    throw new RecordingError(
      `this is a recording of version ${head.recording}; this holdfast reads versions 1 and 2. Update holdfast.`,
    )
  }
  throw new RecordingError('this is not a recording: its first line is not {"recording":2,…}')
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new RecordingError(`line ${number} of the recording is not JSON`, { cause })
  }
}

function isHead<V extends 1 | 2>(
  value: unknown,
  version: V,
): value is { recording: V; [note: string]: unknown } {
  return isObject(value) && value.recording === version
}

function checkEvent({ value, number }: Line): RecordedEvent {
  const wrong = wrongEventField(value)
  if (wrong === undefined) return value as RecordedEvent
  throw unknownLine(number, wrong)
}

function parseExchanges(lines: readonly Line[]): Exchange[] {
  const last = lines.at(-1)
  const count = isObject(last?.value) ? last.value.requests : undefined
  if (typeof count !== 'number') {
    throw new RecordingError('the recording is not whole: its last line is not {"requests":…}')
  }
  const exchanges: Exchange[] = []
  for (const { value, number } of lines.slice(0, -1)) {
    const wrong = wrongLineField(value)
    if (wrong !== undefined) throw unknownLine(number, wrong)
    const open = exchanges.at(-1)
    if (isRequest(value)) exchanges.push({ ...value, said: [] })
    else if (open !== undefined) open.said.push(value as Said)
    else throw new RecordingError(`line ${number} of the recording belongs to no request`)
  }
  if (exchanges.length === count) return exchanges
  throw new RecordingError(
    `the recording is not whole: it has ${exchanges.length} requests, and its last line counts ${count}`,
  )
}

function isRequest(value: unknown): value is Omit<Exchange, 'said'> {
  return isObject(value) && 'request' in value
}

function unknownLine(number: number, field: string): RecordingError {
  return new RecordingError(`line ${number} of the recording is not understood: look at its ${field}`)
}
