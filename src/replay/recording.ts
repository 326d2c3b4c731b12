import { isObject, wrongField } from './check.ts'
import type { Header } from './http-parser.ts'

/** Bytes as a person can read them: JSON where they are JSON, text where they are UTF-8, base64 otherwise. */
export type Content = { json: unknown; end?: string } | { text: string } | { base64: string }

/** Headers in the order and spelling of the wire; one that came more than once has a list. */
export type Headers = { [name: string]: string | string[] }

/** A thing that happened on one connection; `at` is milliseconds since the recording began. */
export type RecordedEvent = { conn: number; at: number } & (
  | { request: string; headers: Headers; body?: Content }
  /** `length` stands where the answer was cut short: what it had declared. */
  | { answer: number; reason: string; headers: Headers; body?: Content; length?: number }
  /** A chunk of the answer's body, as it was framed; `length` as above. */
  | { chunk: Content; length?: number }
  | { chunks: 'end' }
  /** Raw bytes from the Engine: after an upgrade, or of a body that ends with its connection. */
  | { received: Content }
  /** Raw bytes from the client, after an upgrade. */
  | { sent: Content }
  /** The client has closed its half. */
  | { sent: 'end' }
  /** `reset` stands where the Engine's connection was reset in place of ending. */
  | { closed: 'engine' | 'client'; reset?: true }
)

/** A conversation with an Engine. */
export interface Recording {
  /** The first line of the file: the format's version, and whatever its maker noted. */
  head: { recording: 1; [note: string]: unknown }
  events: RecordedEvent[]
}

/** A file is no recording, or one of another version. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError'
  readonly kind = 'usage'
}

/** A recording as NDJSON: its head, then a line for each event. */
export function formatRecording({ head, events }: Recording): string {
  return [head, ...events].map(line => `${JSON.stringify(line)}\n`).join('')
}

/** @throws {RecordingError} which names the line that is wrong. */
export function parseRecording(text: string): Recording {
  const [first, ...rest] = text
    .split('\n')
    .flatMap((line, index) =>
      line.trim() === '' ? [] : [{ value: parseLine(line, index + 1), number: index + 1 }],
    )
  const head = first?.value
  if (!isHead(head)) throw new RecordingError('this is no recording: its first line is not {"recording":1,…}')
  return { head, events: rest.map(({ value, number }) => checkEvent(value, number)) }
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new RecordingError(`line ${number} of the recording is not JSON`, { cause })
  }
}

function isHead(value: unknown): value is Recording['head'] {
  return isObject(value) && value.recording === 1
}

function checkEvent(value: unknown, number: number): RecordedEvent {
  const wrong = wrongField(value)
  if (wrong === undefined) return value as RecordedEvent
  throw new RecordingError(`line ${number} of the recording is no event that is known: look at its ${wrong}`)
}

/** Bytes in their most readable form that gives the same bytes back. */
export function toContent(bytes: Buffer): Content {
  const text = bytes.toString('utf8')
  if (!Buffer.from(text, 'utf8').equals(bytes)) return { base64: bytes.toString('base64') }
  const trimmed = text.trimEnd()
  const json = exactJson(trimmed)
  if (json === undefined) return { text }
  return trimmed === text ? { json } : { json, end: text.slice(trimmed.length) }
}

// Go escapes <, > and &, and numbers may not survive; such JSON stays text.
function exactJson(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

export function fromContent(content: Content | undefined): Buffer {
  if (content === undefined) return Buffer.alloc(0)
  if ('json' in content) return Buffer.from(JSON.stringify(content.json) + (content.end ?? ''))
  return 'text' in content ? Buffer.from(content.text) : Buffer.from(content.base64, 'base64')
}

export function toHeaders(list: readonly Header[]): Headers {
  const headers: Headers = {}
  for (const [name, value] of list) {
    const before = headers[name]
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  return headers
}

export function fromHeaders(headers: Headers): Header[] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): Header => [name, value]),
  )
}
