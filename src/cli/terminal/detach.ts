/**
 * Passes on what is typed, and calls `detach` when the keys are typed in a row. What may be the start of them is held back
 * until the next key.
 */
export async function* watchFor(
  keys: Uint8Array,
  typed: AsyncIterable<Uint8Array>,
  detach: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held: number[] = []
  for await (const piece of typed) {
    const passed: number[] = []
    for (const byte of piece) {
      held.push(byte)
      while (!held.every((byte, at) => byte === keys[at])) passed.push(...held.splice(0, 1))
      if (held.length < keys.length) continue
      held = []
      detach()
    }
    if (passed.length > 0) yield Uint8Array.from(passed)
  }
  if (held.length > 0) yield Uint8Array.from(held)
}
