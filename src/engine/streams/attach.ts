import type { Duplex } from 'node:stream'
import { EngineError } from '../error.ts'
import { bytesOf } from '../http/hijack.ts'
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

/** Turns the answer to an attach, raw connection or plain body, into an {@link Attachment}. */
export function attachment(
  answer: Answer,
  { tty, stdin, signal }: { tty: boolean; stdin: boolean; signal: AbortSignal | undefined },
): Attachment {
  const { socket, body } = answer
  if (socket === undefined) {
    if (stdin) throw refusal(body)
    const close = () => body.cancel()
    return { output: new OutputStream(body, { tty, close }), write: refuseInput, closeInput() {}, close }
  }
  let closed = false
  const close = () => {
    closed = true
    socket.destroy()
  }
  const fail = (cause: unknown) => {
    if (!closed) throw broken(cause, signal)
  }
  return {
    output: new OutputStream(bytesOf(socket), { tty, close, fail }),
    write: bytes => writeTo(socket, bytes),
    closeInput: () => socket.end(),
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

function broken(cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason
  if (cause instanceof EngineError) return cause
  const words = "the connection that carried the container's output broke off"
  return new EngineError('connection-lost', words, { cause })
}

function writeTo(socket: Duplex, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, error => (error ? reject(error) : resolve()))
  })
}
