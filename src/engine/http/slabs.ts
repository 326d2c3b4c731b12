/** Bytes of a slab. */
export const slabSize = 128 * 1024
/** Slabs that are kept for whoever comes next. */
const spareLimit = 4

const spare: Buffer[] = []
const lent = new WeakSet<ArrayBufferLike>()

/** Memory that may be given back. Whoever keeps it does no harm. */
export function takeSlab(): Buffer {
  const slab = spare.pop() ?? Buffer.allocUnsafeSlow(slabSize)
  lent.add(slab.buffer)
  return slab
}

/** The slab that the bytes lie in is used again, if they lie in one. */
export function giveSlabBack({ buffer }: Uint8Array): void {
  if (lent.delete(buffer) && spare.length < spareLimit) spare.push(Buffer.from(buffer))
}
