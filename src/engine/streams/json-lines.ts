import split2 from 'split2'
import type { Redactor } from '../../redact/redactor.ts'
import { EngineError } from '../error.ts'
import type { Answer } from '../http/http.ts'
import type { Progress } from '../wire.ts'
import { flatten } from './batches.ts'

/** Longest line taken, in characters. */
const lineLimit = 8 * 1024 * 1024

/** The JSON values of a stream of lines, secrets taken out of every string. */
export function jsonLines<T extends object>(
  answer: Answer,
  request: string,
): AsyncGenerator<T, void, undefined> {
  return flatten(values<T>(answer, request))
}

/** All that came together at once; `check` throws where a value tells of a failure. */
async function* values<T extends object>(
  answer: Answer,
  request: string,
  check: (value: T) => T = value => value,
): AsyncGenerator<readonly T[], void, undefined> {
  const arrived: string[] = []
  // A line that it gave on would go through a stream's queue, a tick later.
  const lines = split2(line => void arrived.push(line), { maxLength: lineLimit })
  // Met as `errored`.
  lines.on('error', () => undefined)
  let lost: { error: unknown } | undefined
  // The last line before a loss may tell what happened.
  const read = () =>
    answer.body.read().catch(error => {
      lost = { error }
      return undefined
    })
  try {
    for (let over = false; !over; ) {
      const bytes = await read()
      over = bytes === undefined
      // What comes without an end of line is a line, too.
      lines.write(bytes ?? '\n')
      const { made, failed } = upToFailure(arrived.splice(0), line => check(parse<T>(line, answer, request)))
      if (made.length > 0) yield made
      if (failed !== undefined) throw failed.error
      if (lines.errored) throw lines.errored
    }
  } catch (error) {
    // After a loss the last line may be cut off; where it tells of a failure, that says more than the loss.
    if (lost !== undefined && !isTold(error)) throw lost.error
    throw unreadable(error, request)
  } finally {
    lines.destroy()
    answer.body.cancel()
  }
  if (lost !== undefined) throw lost.error
}

/** What is made of lines; where one of them fails, of those before it. */
function upToFailure<A>(
  lines: readonly string[],
  make: (line: string) => A,
): { made: A[]; failed?: { error: unknown } } {
  const made: A[] = []
  try {
    for (const line of lines) if (line.trim() !== '') made.push(make(line))
  } catch (error) {
    return { made, failed: { error } }
  }
  return { made }
}

function isTold(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'stream'
}

function unreadable(error: unknown, request: string): unknown {
  if (!(error instanceof Error) || error.message !== 'maximum buffer reached') return error
  return new EngineError('bad-answer', `${request}: a line of more than 8 MiB`, { request })
}

function parse<T extends object>(line: string, { redactor }: Answer, request: string): T {
  const value = parsed(line, redactor)
  if (typeof value === 'object' && value !== null) return value as T
  throw new EngineError('bad-answer', `${request}: a line of the answer is not a JSON object`, { request })
}

function parsed(line: string, redactor: Redactor): unknown {
  try {
    if (redactor.empty) return JSON.parse(line)
    return JSON.parse(line, (_, value: unknown) =>
      typeof value === 'string' ? redactor.redact(value) : value,
    )
  } catch {
    return undefined
  }
}

/**
 * The steps of a pull, load or import. Throws where the stream tells of a failure: HTTP's 200 went out long before.
 * `errorDetail` decides, its message may be empty; `error` alone comes from old Engines and Podman.
 */
export function progress(answer: Answer, request: string): AsyncGenerator<Progress, void, undefined> {
  const check = (step: Progress) => succeeded(step, answer.status, request)
  return flatten(values<Progress>(answer, request, check))
}

function succeeded(step: Progress, status: number, request: string): Progress {
  if (step.errorDetail === undefined && step.error === undefined) return step
  const engineMessage = step.errorDetail?.message || step.error || ''
  const message = `${request}: ${engineMessage === '' ? 'failed, with no reason given' : engineMessage}`
  throw new EngineError('stream', message, { status, request, engineMessage })
}
