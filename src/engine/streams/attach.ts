import { EngineError } from '../error.ts'
import type { ApiResponse } from '../http/response.ts'
import { OutputStream } from './output-stream.ts'

/** A connection to a container's streams. */
export interface Attachment {
  /** What the container prints from now on; for one reader. Its end does not mean that the container has ended. */
  output: OutputStream
  /** Writes to the container's stdin; resolves when more may be written. */
  write(bytes: Uint8Array): Promise<void>
  /** Closes the container's stdin; its output continues. */
  closeInput(): void
  /** Drops the connection. The container does not notice. */
  close(): void
}

/** Turns the response to an attach, raw connection or plain body, into an {@link Attachment}. */
export function attachment(
  { raw, body }: ApiResponse,
  { tty, stdin }: { tty: boolean; stdin: boolean },
): Attachment {
  if (raw === undefined) {
    if (stdin) throw refusal(body)
    const close = () => body.cancel()
    return { output: new OutputStream(body, { tty, close }), write: refuseInput, closeInput() {}, close }
  }
  const close = () => raw.close()
  return {
    output: new OutputStream(raw, { tty, close }),
    write: bytes => raw.write(bytes),
    closeInput: () => raw.closeInput(),
    close,
  }
}

// Refused before the container starts: it would wait for its input without end.
function refusal(body: ApiResponse['body']): EngineError {
  body.cancel()
  return noInput()
}

async function refuseInput(): Promise<void> {
  throw noInput()
}

function noInput(): EngineError {
  const hint = 'A proxy between here and the Engine may not let connections be upgraded.'
  return new EngineError(
    'bad-answer',
    'the Engine gave no raw connection, so nothing can be sent to the stdin of the container',
    {
      hint,
    },
  )
}
