import type { Duplex } from 'node:stream'
import { EngineError } from './error.ts'
import { type OutputChunk, readOutput } from './frames.ts'
import type { Answer } from './http.ts'

/** A connection to a container's streams. */
export interface Attachment {
  /** What the container prints, from now on; for one reader. Its end does not mean that the container has ended. */
  output: AsyncIterable<OutputChunk>
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
  let closed = false
  if (socket === undefined) {
    if (stdin) throw refusal(body)
    return { output: readOutput(body, tty), write: refuseInput, closeInput() {}, close: () => body.cancel() }
  }
  return {
    output: readOutput(
      socketBytes(socket, () => closed, signal),
      tty,
    ),
    write: bytes => writeTo(socket, bytes),
    closeInput: () => socket.end(),
    close: () => {
      closed = true
      socket.destroy()
    },
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

async function* socketBytes(
  socket: Duplex,
  isClosed: () => boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* socket
  } catch (cause) {
    if (isClosed()) return
    signal?.throwIfAborted()
    if (cause instanceof EngineError) throw cause
    throw new EngineError('connection-lost', "the connection that carried the container's output broke off", {
      cause,
    })
  }
}

function writeTo(socket: Duplex, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, error => (error ? reject(error) : resolve()))
  })
}
