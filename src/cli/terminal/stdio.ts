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
