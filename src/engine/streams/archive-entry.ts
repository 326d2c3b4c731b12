/** A file, folder or link in a tar archive. */
export interface ArchiveEntry {
  /** Its path in the archive. */
  name: string
  /** What it is. */
  type:
    | 'file'
    | 'directory'
    | 'symlink'
    | 'link'
    | 'character-device'
    | 'block-device'
    | 'fifo'
    | 'contiguous-file'
  /** Permission bits, as `0o644`. */
  mode: number
  /** The number of its owner. */
  uid: number
  /** The number of its group. */
  gid: number
  /** Bytes. */
  size: number
  /** When its content was last changed. */
  mtime: Date
  /** Where a link points. */
  linkname?: string
  /** A file's bytes. When unpacking: to be read, or left unread, before the next entry is asked for. */
  content: AsyncIterable<Uint8Array>
}

/**
 * An entry to be packed; a file needs `content`, and `size` unless its content is bytes or text. When the archive goes to
 * `putArchive`, the memory of a piece of content may be overwritten once the next piece is asked for.
 */
export type NewArchiveEntry = Partial<Omit<ArchiveEntry, 'content'>> & {
  name: string
  content?: Uint8Array | string | AsyncIterable<Uint8Array>
}

/** What tar-stream gives as it is typed: anything. */
export function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  throw new TypeError('an archive must be bytes')
}
