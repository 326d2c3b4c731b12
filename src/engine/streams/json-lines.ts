import split2 from 'split2'
import type { Redactor } from '../../redact/redactor.ts'
import { EngineError } from '../error.ts'
import { shortenPages } from '../http/page.ts'
import type { ApiResponse } from '../http/response.ts'
import { nullable, number, object, optional, type Shape, text } from '../http/shape.ts'
import type { Progress } from '../wire.ts'
import { flatten } from './batches.ts'

/** Of a message that reports a failure, in characters; redacted before it is cut. */
const messageLimit = 1024 * 1024
/** Longest line taken, in characters. */
const lineLimit = 8 * 1024 * 1024

/** The JSON values of a response's lines, each of that shape, with secrets redacted in every string. */
export function jsonLines<T extends object>(
  response: ApiResponse,
  shape: Shape<T>,
): AsyncGenerator<T, void, undefined> {
  return flatten(batches(response, line => response.checked(shape, parsed(line, response.redactor))))
}

/** What is made of all lines that came together, at once. `make` throws where a line reports a failure. */
async function* batches<T>(
  response: ApiResponse,
  make: (line: string) => T,
): AsyncGenerator<readonly T[], void, undefined> {
  const arrived: string[] = []
  // Not pushed by the splitter: a line would wait in a stream's queue for another tick.
  const lines = split2(line => void arrived.push(line), { maxLength: lineLimit })
  // Read as `errored`.
  lines.on('error', () => undefined)
  let lost: { error: unknown } | undefined
  // The last line before a loss may say what happened.
  const read = () =>
    response.body.read().catch(error => {
      lost = { error }
      return undefined
    })
  try {
    for (let over = false; !over; ) {
      const bytes = await read()
      over = bytes === undefined
      // The last line may come without an end of line.
      lines.write(bytes ?? '\n')
      const { made, failed } = upToFailure(arrived.splice(0), make)
      if (made.length > 0) yield made
      if (failed !== undefined) throw failed.error
      if (lines.errored) throw tooLong(response.request, lines.errored)
    }
  } catch (error) {
    // After a loss the last line may be cut off; where it reports a failure, that says more than the loss.
    throw lost !== undefined && !isReported(error) ? lost.error : error
  } finally {
    lines.destroy()
    response.body.cancel()
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

function isReported(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'stream'
}

function tooLong(request: string, cause: Error): EngineError {
  return new EngineError('bad-answer', `${request}: a line of more than 8 MiB`, { request, cause })
}

/** null where the line is not JSON. */
function parsed(line: string, redactor: Redactor): unknown {
  try {
    if (redactor.empty) return JSON.parse(line)
    return JSON.parse(line, (_, value: unknown) =>
      typeof value === 'string' ? redactor.redact(value) : value,
    )
  } catch {
    return null
  }
}

const progressMessage = object<Progress>({
  status: optional(text),
  id: optional(text),
  stream: optional(text),
  progressDetail: nullable(object({ current: optional(number), total: optional(number) })),
  errorDetail: nullable(object({ message: optional(text) })),
  error: optional(text),
})

/**
 * The progress messages of a pull, load or import. Throws where one reports a failure: the status 200 was sent before.
 * `errorDetail` decides, its message may be empty; `error` alone comes from old Engines and Podman.
 */
export function progress(response: ApiResponse): AsyncGenerator<Progress, void, undefined> {
  return flatten(
    batches(response, line =>
      succeeded(response.checked(progressMessage, parsed(line, response.redactor)), response),
    ),
  )
}

function succeeded(message: Progress, { status, request }: ApiResponse): Progress {
  if (message.errorDetail === undefined && message.error === undefined) return message
  const words = message.errorDetail?.message || message.error || ''
  const engineMessage = shortenPages(
    words.length > messageLimit ? `${words.slice(0, messageLimit)} […]` : words,
  )
  const said = engineMessage === '' ? 'failed, with no reason given' : engineMessage
  throw new EngineError('stream', `${request}: ${said}`, { status, request, engineMessage })
}
