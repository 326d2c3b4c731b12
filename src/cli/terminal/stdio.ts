const opened = new Set<'stdout' | 'stderr'>()

/**
 * Stdout or stderr. Node opens it when it is first asked for, which takes a millisecond or more: not before there is
 * something to write. (node:net opens stderr itself once a socket has ended.) A closed pipe is reported where
 * something is written; without a listener the error would end the process.
 */
export function stdio(name: 'stdout' | 'stderr'): NodeJS.WriteStream {
  const stream = process[name]
  if (!opened.has(name)) {
    opened.add(name)
    stream.on('error', () => undefined)
  }
  return stream
}

/** Something that was written waits for its reader. */
export function isUnread(): boolean {
  return Array.from(opened).some(name => process[name].writableLength > 0)
}

const newline = 10

/** A container's bytes on stderr ended inside a line. */
let isInsideLine = false

/** Notes what a container has printed, for {@link writeLines}. */
export function noteOutput(name: 'stdout' | 'stderr', bytes: Uint8Array): void {
  if (name === 'stderr' && bytes.length > 0) isInsideLine = bytes.at(-1) !== newline
}

/** Writes whole lines of holdfast's own to stderr: behind an unfinished line of the container's they begin a new one. */
export function writeLines(text: string): void {
  stdio('stderr').write(isInsideLine ? `\n${text}` : text)
  isInsideLine = false
}
