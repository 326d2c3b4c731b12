import type { RunEvent } from '../../run/events.ts'
import type { FailureKind } from '../../run/failure.ts'
import { logText } from './log.ts'
import { stdio, writeLines } from './stdio.ts'

/** Writes to stdout; resolves with the exit status: 0, 141 when the reader closed the pipe (SIGPIPE), or 125. */
export async function print(text: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  stdio('stdout').write(text, (error?: NodeJS.ErrnoException | null) => {
    if (error && error.code !== 'EPIPE') say(`stdout can't be written: ${error.message}`)
    resolve(error ? (error.code === 'EPIPE' ? 141 : 125) : 0)
  })
  return promise
}

/** Writes lines to stderr, each with the prefix `holdfast: `, or as JSON. Write errors are ignored. */
export function say(...lines: string[]): void {
  writeLines(logText(lines))
}

/** Says what a job's event warns of; other events are left out. */
export function sayWarning(event: RunEvent): void {
  if (event.type === 'warning') say(event.message)
}

/** Reports a failure, of that kind if it has one: like {@link say}, and printed with `--quiet` too. */
export function complain(lines: readonly string[], kind?: FailureKind): void {
  writeLines(logText(lines, { kind }))
}

/** A value as indented JSON, with a newline at its end. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
