import { printable } from './progress/printable.ts'
import { stdio } from './stdio.ts'

/** Writes to stdout; gives the exit status: 141 when the reader has gone, as a shell counts SIGPIPE, 125 for a full disk. */
export async function print(text: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  stdio('stdout').write(text, (error?: NodeJS.ErrnoException | null) => {
    if (error && error.code !== 'EPIPE') say(`stdout can't be written: ${error.message}`)
    resolve(error ? (error.code === 'EPIPE' ? 141 : 125) : 0)
  })
  return promise
}

/** Says something on stderr, a line each, marked as ours; where the reader has gone, it is lost. */
export function say(...lines: string[]): void {
  stdio('stderr').write(lines.map(line => `holdfast: ${printable(line)}\n`).join(''))
}

/** Says what failed. The same as {@link say}; a quiet command keeps this one. */
export const complain = (lines: readonly string[]): void => say(...lines)
