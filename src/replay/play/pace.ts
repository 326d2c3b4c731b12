import type { Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'

/** `recorded` keeps the pauses between what the Engine said. */
export const replayTimings = ['fast', 'recorded'] as const
export type ReplayTiming = (typeof replayTimings)[number]

/** How bytes are cut on their way: `whole`, `1` for one at a time, `random:SEED` for pieces of 1 to 64. */
export type Cut = 'whole' | '1' | `random:${number}`

/** True for a text that is a {@link Cut}. */
export function isCut(text: string): text is Cut {
  return /^(whole|1|random:\d{1,9})$/.test(text)
}

/** Bytes that are written at once where nothing is cut: progress can be seen between two such pieces. */
const wholePiece = 256 * 1024

/** The sizes of the pieces, without end; the same seed gives the same ones. */
export function* sizes(cut: Cut): Generator<number, never> {
  if (cut === 'whole') for (;;) yield wholePiece
  if (cut === '1') for (;;) yield 1
  // A linear congruential generator (Numerical Recipes): repeatable is all that is asked of it.
  for (let state = Number(cut.slice('random:'.length)) >>> 0; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield 1 + (state >>> 26)
  }
}

/** Writes bytes in pieces, each on its way before the next. */
export async function writeCut(to: Writable, bytes: Buffer, pieces: Generator<number, never>): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const size = pieces.next().value
    await write(to, bytes.subarray(at, at + size))
    at += size
    // Small pieces would be read together.
    if (at < bytes.length && size < wholePiece) await turn()
  }
}

function write(to: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => to.write(bytes, error => (error ? reject(error) : resolve())))
}
