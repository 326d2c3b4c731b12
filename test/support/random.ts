/** How often a fuzz test tries: few by default, as its seed is always the same; HOLDFAST_FUZZ=100000 looks for more. */
export const tries = Number(process.env.HOLDFAST_FUZZ ?? 100)

/** Numbers from 0 up to a bound, the same ones for one seed (mulberry32). */
export function random(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** `bytes` in pieces of 1 to `longest` bytes. */
export function cut(bytes: Uint8Array, below: (bound: number) => number, longest: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += pieces.at(-1)?.length ?? 1) {
    pieces.push(bytes.subarray(at, at + 1 + below(longest)))
  }
  return pieces
}
