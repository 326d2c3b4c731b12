import { EngineError } from '../error.ts'
import type { Answer } from '../http/http.ts'
import { OutputStream } from './output-stream.ts'

/** A connection to a container's streams. */
export interface Attachment {
  /** What the container prints, from now on; for one reader. Its end does not mean that the container has ended. */
  output: OutputStream
  /** Sends to the container's stdin; resolves when it may be followed by more. */
  write(bytes: Uint8Array): Promise<void>
  /** Closes the container's stdin; its output goes on. */
  closeInput(): void
  /** Drops the connection. The container does not notice. */
  close(): void
}

/** Turns the response to an attach, raw connection or plain body, into an {@link Attachment}. */
export function attachment(
  { raw, body }: Answer,
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

// Better no container than one that waits for ever for an input which can't be sent.
function refusal(body: Answer['body']): EngineError {
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
    'the Engine gave no raw connection, so the container can be sent no input',
    {
      hint,
    },
  )
}
