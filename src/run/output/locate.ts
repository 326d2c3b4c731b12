import type { LogEntry } from '../execution.ts'

/** What was delivered of one stream. */
interface DeliveredStream {
  /** Bytes in all. */
  total: number
  /** The last of them. */
  end: Buffer
  /** How many of these are logged only when their line goes on. */
  unlogged: number
}

export type Delivered = Record<LogEntry['stream'], DeliveredStream>

/** Where in a log the delivery of one stream stopped. */
export interface Place {
  timestamp: string
  /** Which of the stream's entries with that timestamp. */
  ordinal: number
  /** The first byte of it that was not delivered. */
  offset: number
  /** What was delivered after that, and may not have been logged yet. */
  ahead: Buffer
}

/** `unclear`: the output repeats itself, or the log does not fit what was delivered. */
export type Located =
  | { state: 'unclear' | 'too-short' }
  /** `after`: what comes after the places. `reach`: how many messages from the end the earliest place is. */
  | { state: 'found'; places: Record<LogEntry['stream'], Place>; after: LogEntry[]; reach: number }

/** Bytes before a place that have to be the same in the log. */
const proofLength = 1024
/** Milliseconds, and messages, by which the two streams may be logged in another order than they were delivered in. */
const reorderTime = 1_000
const reorderMessages = 2_000

export const streams = ['stdout', 'stderr'] as const
const nothing = Buffer.alloc(0)

/**
 * Finds where delivery stopped in the last entries of a log, by the bytes. `whole`: they are all of the log. A stream
 * that was silent of late gets its place from the other one's.
 */
export function locate(entries: readonly LogEntry[], delivered: Delivered, whole: boolean): Located {
  const [first] = entries
  if (first === undefined) return { state: 'unclear' }
  const found: Partial<Record<LogEntry['stream'], Place & { index: number }>> = {}
  for (const stream of streams) {
    if (delivered[stream].total === 0) continue
    const place = placeOf(entries, stream, delivered[stream])
    if (place === 'unclear' || place === 'too-short') return { state: place }
    if (place !== undefined) found[stream] = place
  }
  const known = found.stdout ?? found.stderr
  if (known === undefined) return { state: whole ? 'unclear' : 'too-short' }
  const earliest = Math.min(...Object.values(found).map(({ index }) => index))
  const since = silentSince(entries, earliest)
  if (!whole && first.timestamp > since) return { state: 'too-short' }
  const silent = streams.filter(stream => found[stream] === undefined)
  const contradicts = ({ stream, timestamp }: LogEntry) => silent.includes(stream) && timestamp < since
  if (entries.some(contradicts)) return { state: 'unclear' }
  const start = ({ end, unlogged }: DeliveredStream): Place => {
    return { timestamp: since, ordinal: 0, offset: 0, ahead: end.subarray(end.length - unlogged) }
  }
  const places = {
    stdout: found.stdout ?? start(delivered.stdout),
    stderr: found.stderr ?? start(delivered.stderr),
  }
  const from = silent.length > 0 ? entries.findIndex(({ timestamp }) => timestamp >= since) : earliest
  return { state: 'found', places, after: restOf(entries, places), reach: entries.length - from }
}

/** Whether the end of what was delivered also occurs earlier in it. */
export function repeats({ end, unlogged }: Pick<DeliveredStream, 'end' | 'unlogged'>): boolean {
  const logged = end.subarray(0, end.length - unlogged)
  const needle = needleOf(logged)
  return logged.indexOf(needle) < logged.length - needle.length
}

function needleOf(logged: Buffer): Buffer {
  return logged.subarray(Math.max(0, logged.length - proofLength))
}

function placeOf(
  entries: readonly LogEntry[],
  stream: LogEntry['stream'],
  { end, unlogged }: DeliveredStream,
): (Place & { index: number }) | 'unclear' | 'too-short' | undefined {
  const own = entries.flatMap((entry, index) => (entry.stream === stream ? [{ ...entry, index }] : []))
  const text = Buffer.concat(own.map(({ bytes }) => bytes))
  const cut = end.length - unlogged
  const logged = end.subarray(0, cut)
  if (logged.length === 0) return undefined
  const needle = needleOf(logged)
  if (repeats({ end, unlogged })) return 'unclear'
  const at = text.indexOf(needle)
  if (at === -1) return overlaps(logged, text) ? 'too-short' : undefined
  const before = Math.min(at, logged.length - needle.length)
  const same = text
    .subarray(at - before, at)
    .equals(logged.subarray(logged.length - needle.length - before, logged.length - needle.length))
  if (!same || text.indexOf(needle, at + 1) !== -1) return 'unclear'
  let offset = at + needle.length
  for (const entry of own) {
    if (offset <= entry.bytes.length) {
      const { timestamp, index } = entry
      const ordinal = own.filter(other => other.timestamp === timestamp && other.index < index).length
      return { timestamp, ordinal, offset, ahead: end.subarray(cut), index }
    }
    offset -= entry.bytes.length
  }
  return 'unclear'
}

/** Whether the log's part may begin within what was delivered: it begins as that ends. */
function overlaps(delivered: Buffer, text: Buffer): boolean {
  for (let length = Math.min(delivered.length, text.length); length > 0; length--)
    if (delivered.subarray(delivered.length - length).equals(text.subarray(0, length))) return true
  return false
}

// Timestamps compare as text.
function silentSince(entries: readonly LogEntry[], earliest: number): string {
  const early = entries[earliest - reorderMessages]
  return early?.timestamp ?? before(entries[earliest]?.timestamp ?? '')
}

/** A time before which no message of the other stream is logged after one of that time. */
export function before(timestamp: string): string {
  return new Date(Date.parse(`${timestamp}Z`) - reorderTime).toISOString().slice(0, -1)
}

/** Which bytes of an entry come after its stream's place; called with all entries in order. */
export class AfterPlaces {
  readonly #places: Record<LogEntry['stream'], Place>
  readonly #passed = { stdout: false, stderr: false }
  readonly #seen = { stdout: 0, stderr: 0 }
  readonly #onMissed: () => void

  /** @param onMissed the log has later entries of a stream, and not the one in which its delivery stopped. */
  constructor(places: Record<LogEntry['stream'], Place>, onMissed: () => void = () => undefined) {
    this.#places = places
    this.#onMissed = onMissed
  }

  take({ stream, timestamp, bytes }: LogEntry): Uint8Array {
    if (this.#passed[stream]) return bytes
    const place = this.#places[stream]
    if (timestamp < place.timestamp) return nothing
    if (timestamp > place.timestamp) {
      // The place of a stream that was silent is a time, not an entry.
      if (place.offset > 0) this.#onMissed()
      this.#passed[stream] = true
      return bytes
    }
    if (this.#seen[stream]++ < place.ordinal) return nothing
    this.#passed[stream] = true
    return bytes.subarray(place.offset)
  }
}

function restOf(entries: readonly LogEntry[], places: Record<LogEntry['stream'], Place>): LogEntry[] {
  const after = new AfterPlaces(places)
  return entries.flatMap(entry => {
    const bytes = after.take(entry)
    return bytes.length === 0 ? [] : [{ ...entry, bytes }]
  })
}
