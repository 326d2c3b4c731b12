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
  /** The first line: the format's version, and notes of its maker. */
  head: { recording: 1; [note: string]: unknown }
  /** In the order in which they happened. */
  events: RecordedEvent[]
}

/** A conversation with an Engine. */
export interface ExchangeRecording {
  /** The first line of the file: the format's version, and whatever its maker noted. */
  head: { recording: 2; [note: string]: unknown }
  /** Requests with what was said because of them. */
  exchanges: Exchange[]
}

/** A recording of either version. */
export type Recording = ExchangeRecording | EventRecording

/** A file is not a recording, is not whole, or is of a version that is not known. */
export class RecordingError extends Error {
  /** Always `RecordingError`. */
  override readonly name = 'RecordingError'
  /** Always `usage`. */
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

/** Reads the lines after the head, for one version of the format. */
interface Reader {
  add(value: unknown, number: number): void
  end(): Recording
}

/**
 * Reads the text of a recording.
 *
 * @throws {RecordingError} which names the line that is wrong.
 */
export function parseRecording(text: string): Recording {
  let reader: Reader | undefined
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return
    const value = parseLine(line, index + 1)
    if (reader === undefined) reader = readerOf(value)
    else reader.add(value, index + 1)
  })
  return (reader ?? readerOf(undefined)).end()
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new RecordingError(`line ${number} of the recording is not JSON`, { cause })
  }
}

function readerOf(head: unknown): Reader {
  if (isHead(head, 1)) return eventReader(head)
  if (isHead(head, 2)) return exchangeReader(head)
  if (isObject(head) && Number.isInteger(head.recording)) {
    throw new RecordingError(
      `this is a recording of version ${head.recording}; this holdfast reads versions 1 and 2. Update holdfast.`,
    )
  }
  throw new RecordingError('this is not a recording: its first line is not {"recording":2,…}')
}

function isHead<V extends 1 | 2>(
  value: unknown,
  version: V,
): value is { recording: V; [note: string]: unknown } {
  return isObject(value) && value.recording === version
}

function eventReader(head: EventRecording['head']): Reader {
  const events: RecordedEvent[] = []
  return {
    add(value, number) {
      const wrong = wrongEventField(value)
      if (wrong !== undefined) throw unknownLine(number, wrong)
      events.push(value as RecordedEvent)
    },
    end: () => ({ head, events }),
  }
}

function exchangeReader(head: ExchangeRecording['head']): Reader {
  const exchanges: Exchange[] = []
  let open: Exchange | undefined
  let count: number | undefined
  const add = (value: unknown, number: number) => {
    const wrong = wrongLineField(value)
    if (wrong !== undefined) throw unknownLine(number, wrong)
    if (isRequest(value)) {
      open = { ...value, said: [] }
      exchanges.push(open)
    } else if (open !== undefined) open.said.push(value as Said)
    else throw new RecordingError(`line ${number} of the recording belongs to no request`)
  }
  return {
    add(value, number) {
      if (count !== undefined) throw unknownLine(number - 1, 'place: the last line counts the requests')
      count = countIn(value)
      if (count === undefined) add(value, number)
    },
    end() {
      if (count === undefined) {
        throw new RecordingError('the recording is not whole: its last line is not {"requests":…}')
      }
      if (exchanges.length === count) return { head, exchanges }
      throw new RecordingError(
        `the recording is not whole: it has ${exchanges.length} requests, and its last line counts ${count}`,
      )
    },
  }
}

function countIn(value: unknown): number | undefined {
  return isObject(value) && typeof value.requests === 'number' ? value.requests : undefined
}

function isRequest(value: unknown): value is Omit<Exchange, 'said'> {
  return isObject(value) && 'request' in value
}

function unknownLine(number: number, field: string): RecordingError {
  return new RecordingError(`line ${number} of the recording is not understood: look at its ${field}`)
}
