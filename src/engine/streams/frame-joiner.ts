import { FrameHeader, headerLength } from './frame-header.ts'

/**
 * Puts frames that wait one behind another; one that is of the same stream as the frame before it becomes a part of that.
 * An Engine sends a frame for each line of a log: taking each apart costs a third of what HTTP takes for it.
 */
export class FrameJoiner {
  readonly #header = new FrameHeader()
  /** Of the frame under way. */
  #left = 0
  #slab: Uint8Array | undefined
  #view: DataView | undefined
  /** Where the last frame begins in the slab, where it ends, and the first half of its header. */
  #start = 0
  #end = -1
  #type = 0

  /** Copies a chunk to where the slab is filled up to; gives how far it is filled then. There is room for all of the chunk. */
  join(chunk: Uint8Array, slab: Uint8Array, filled: number): number {
    const view = this.#view
    // Another slab begins at 0, where none ends.
    if (view === undefined || filled !== this.#end || chunk.length < headerLength)
      return this.#append(chunk, slab, filled)
    // A view of a part takes longer than the copy: the header goes over the end of what is there, which is put back.
    const over = filled - headerLength
    const [first, second] = [view.getInt32(over), view.getInt32(over + 4)]
    slab.set(chunk, over)
    const [type, length] = [view.getInt32(over), view.getUint32(over + 4)]
    view.setInt32(over, first)
    view.setInt32(over + 4, second)
    if (type !== this.#type || length !== chunk.length - headerLength)
      return this.#append(chunk, slab, filled)
    this.#end = filled + length
    view.setUint32(this.#start + 4, this.#end - this.#start - headerLength)
    return this.#end
  }

  #append(chunk: Uint8Array, slab: Uint8Array, filled: number): number {
    slab.set(chunk, filled)
    const last = this.pass(chunk)
    const end = filled + chunk.length
    if (last === undefined) this.#end = -1
    else this.#joinTo(slab, filled + last, end)
    return end
  }

  /** What comes next may become a part of the frame between. */
  #joinTo(slab: Uint8Array, start: number, end: number): void {
    if (slab !== this.#slab) this.#view = new DataView(slab.buffer, slab.byteOffset, slab.length)
    this.#slab = slab
    this.#start = start
    this.#end = end
    this.#type = this.#view?.getInt32(start) ?? 0
  }

  /** Follows the frames of a chunk that is left as it is; gives where the last one begins, if it is whole. */
  pass(chunk: Uint8Array): number | undefined {
    const header = this.#header
    let last: number | undefined
    for (let at = 0; at < chunk.length && !header.broken; ) {
      if (this.#left === 0) {
        last = header.isWhole(chunk, at) ? at : undefined
        at = header.read(chunk, at)
        if (header.complete) this.#left = header.length
      } else {
        const length = Math.min(this.#left, chunk.length - at)
        this.#left -= length
        at += length
      }
    }
    return this.#left === 0 ? last : undefined
  }
}
