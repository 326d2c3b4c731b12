/** Bytes that come a piece at a time, as fast as they are asked for; for one reader. */
export interface ByteSource {
  /** The next bytes, good until the next are asked for; undefined at the end. Rejects when they break off. */
  read(): Promise<Uint8Array | undefined>
  /** Told, before it is read, that the bytes are frames of a container's output, which it may join. */
  joinFrames?(): void
}
