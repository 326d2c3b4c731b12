import { FrameHeader, streams } from '../engine/streams/frame-header.ts'
import { redactHeld } from '../redact/held.ts'
import type { LogEntry } from './execution.ts'

/** Docker writes `2006-01-02T15:04:05.000000000Z`. Podman writes local time with its offset, and no zeros at the end. */
const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/
const longestStamp = 36

/** The Engine cuts a message after 16 KiB. */
const messageLimit = 1024 * 1024

/**
 * Takes a log with timestamps apart: a frame for each message, which is a line, or 16 KiB of a long one. The bytes of an
 * entry stay as they are.
 */
export async function* logEntries(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<LogEntry[], void, undefined> {
  const header = new FrameHeader()
  let cut: Buffer[] = []
  let left = 0
  for await (const chunk of chunks) {
    const entries: LogEntry[] = []
    for (let at = 0; at < chunk.length; ) {
      if (left === 0) {
        at = header.read(chunk, at)
        if (header.broken || header.length > messageLimit)
          throw new Error("the container's log is not framed")
        if (header.complete) left = header.length
        continue
      }
      const part = chunk.subarray(at, at + left)
      at += part.length
      left -= part.length
      // A copy: the chunk is overwritten by the next.
      cut.push(Buffer.from(part))
      if (left > 0) continue
      const entry = entryOf(
        streams[header.type] ?? 'stdout',
        cut.length === 1 && cut[0] ? cut[0] : Buffer.concat(cut),
      )
      if (entry !== undefined) entries.push(entry)
      cut = []
    }
    if (entries.length > 0) yield entries
  }
  if (left > 0 || !header.complete) throw new Error("the container's log broke off inside a message")
}

function entryOf(stream: (typeof streams)[number], message: Buffer): LogEntry | undefined {
  if (stream === 'systemerr')
    throw new Error(`the Engine says: ${redactHeld(message.toString('utf8').trim())}`)
  const blank = message.subarray(0, longestStamp).indexOf(' ')
  const [, seconds, fraction = '', offset] =
    stamp.exec(message.toString('latin1', 0, Math.max(0, blank))) ?? []
  if (seconds === undefined) throw new Error("a message of the container's log has no timestamp")
  const utc = offset === 'Z' ? seconds : new Date(seconds + offset).toISOString().slice(0, 19)
  return { stream, timestamp: `${utc}.${fraction.padEnd(9, '0')}`, bytes: message.subarray(blank + 1) }
}
