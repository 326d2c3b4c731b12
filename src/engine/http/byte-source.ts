/** Bytes that come a piece at a time, as fast as they are read; for one reader. */
export interface ByteSource {
  /** The next bytes, valid until the next call; undefined at the end. Rejects when they break off. */
  read(): Promise<Uint8Array | undefined>
}
