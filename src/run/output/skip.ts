import type { LogEntry } from '../execution.ts'
import type { Delivered } from './locate.ts'
import { hasReplacement } from './utf8.ts'

/** The log does not hold what was delivered. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
}

/** Leaves out what was delivered already, and compares the end of it. */
export class Skip {
  readonly #left: Record<LogEntry['stream'], { bytes: number; end: Buffer }>

  constructor({ stdout, stderr }: Delivered) {
    this.#left = {
      stdout: { bytes: stdout.total, end: stdout.end },
      stderr: { bytes: stderr.total, end: stderr.end },
    }
  }

  /** The bytes that were not delivered. */
  take(stream: LogEntry['stream'], bytes: Uint8Array): Uint8Array {
    const left = this.#left[stream]
    if (left.bytes === 0) return bytes
    const length = Math.min(left.bytes, bytes.length)
    // The position of the bytes in the end that is known, which may begin in the middle of them.
    const at = left.end.length - left.bytes
    const unknown = Math.min(length, Math.max(0, -at))
    const expected = left.end.subarray(at + unknown, at + length)
    // Bytes that the log replaced are more than were delivered, so that these can't be counted.
    if (hasReplacement(bytes.subarray(0, unknown))) throw mismatch()
    if (unknown < length && !expected.equals(bytes.subarray(unknown, length))) throw mismatch()
    left.bytes -= length
    return bytes.subarray(length)
  }

  /** Whether all that was delivered has been seen. */
  get done(): boolean {
    return this.#left.stdout.bytes === 0 && this.#left.stderr.bytes === 0
  }

  /** Bytes of a stream that were delivered and have not been seen yet. */
  left(stream: LogEntry['stream']): number {
    return this.#left[stream].bytes
  }
}

export function mismatch(): Mismatch {
  return new Mismatch('the log does not hold all that was delivered')
}
