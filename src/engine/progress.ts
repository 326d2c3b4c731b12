import { pipeline, Readable } from 'node:stream'
import split2 from 'split2'
import { EngineError } from './error.ts'
import type { Answer } from './http.ts'
import type { Redact } from './registry-auth.ts'
import type { Progress } from './wire.ts'

/** Longest line taken, in characters. */
const lineLimit = 8 * 1024 * 1024

/** The JSON values of a stream of lines, secrets taken out of every string. */
export async function* jsonLines<T extends object>(
  answer: Answer,
  request: string,
): AsyncGenerator<T, void, undefined> {
  const lines = split2({ maxLength: lineLimit })
  let lost: { error: unknown } | undefined
  // An error of the stream would overtake the lines before it, of which the last may tell what happened.
  async function* untilLost() {
    try {
      yield* answer.body
    } catch (error) {
      lost = { error }
    }
  }
  // The iteration below meets split2's error; pipeline only ties the two streams' ends together.
  pipeline(Readable.from(untilLost(), { objectMode: false }), lines, () => undefined)
  try {
    for await (const line of lines) if (line.trim() !== '') yield parse<T>(line, answer, request)
  } catch (error) {
    throw lost === undefined ? unreadable(error, request) : lost.error
  } finally {
    answer.body.cancel()
  }
  if (lost !== undefined) throw lost.error
}

function unreadable(error: unknown, request: string): unknown {
  if (!(error instanceof Error) || error.message !== 'maximum buffer reached') return error
  return new EngineError('bad-answer', `${request}: a line of more than 8 MiB`, { request })
}

function parse<T extends object>(line: string, { redact }: Answer, request: string): T {
  const value = parsed(line, redact)
  if (typeof value === 'object' && value !== null) return value as T
  throw new EngineError('bad-answer', `${request}: a line of the answer is not a JSON object`, { request })
}

function parsed(line: string, redact: Redact): unknown {
  try {
    return JSON.parse(line, (_, value: unknown) => (typeof value === 'string' ? redact(value) : value))
  } catch {
    return undefined
  }
}

/**
 * The steps of a pull, load or import. Throws where the stream tells of a failure: HTTP's 200 went out long before.
 * `errorDetail` decides, its message may be empty; `error` alone comes from old Engines and Podman.
 */
export async function* progress(answer: Answer, request: string): AsyncGenerator<Progress, void, undefined> {
  for await (const step of jsonLines<Progress>(answer, request)) {
    if (step.errorDetail === undefined && step.error === undefined) {
      yield step
      continue
    }
    const words = step.errorDetail?.message || step.error || ''
    const message = `${request}: ${words === '' ? 'failed, with no reason given' : words}`
    throw new EngineError('stream', message, { status: answer.status, request, words })
  }
}
