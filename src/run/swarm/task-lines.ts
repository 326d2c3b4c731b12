import type { LogEntry } from '../execution.ts'

/** Bytes of a line without an end that are kept back. */
const longestLine = 64 * 1024
const newline = 0x0a

/**
 * The output of several tasks as one: whole lines, each with its task's number in front. A line of more than 64 KiB is cut,
 * and the last line of a task gets an end.
 */
export class TaskLines {
  readonly #parts = new Map<
    string,
    { number: number; stream: LogEntry['stream']; bytes: Buffer[]; size: number }
  >()

  /** The lines that the message completes. */
  add(number: number, { stream, bytes }: Pick<LogEntry, 'stream' | 'bytes'>): Buffer | undefined {
    const key = `${number} ${stream}`
    const line = this.#parts.get(key) ?? { number, stream, bytes: [], size: 0 }
    line.bytes.push(Buffer.from(bytes))
    line.size += bytes.length
    if (bytes.at(-1) !== newline && line.size < longestLine) {
      this.#parts.set(key, line)
      return undefined
    }
    this.#parts.delete(key)
    return whole(line)
  }

  /** What has no end. */
  rest(): { stream: LogEntry['stream']; bytes: Buffer }[] {
    const rest = [...this.#parts.values()].map(line => ({ stream: line.stream, bytes: whole(line) }))
    this.#parts.clear()
    return rest
  }
}

function whole({ number, bytes }: { number: number; bytes: readonly Buffer[] }): Buffer {
  const end = bytes.at(-1)?.at(-1) === newline ? '' : '\n'
  return Buffer.concat([Buffer.from(`${number} | `), ...bytes, Buffer.from(end)])
}
