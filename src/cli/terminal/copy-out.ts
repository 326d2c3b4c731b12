import type { Writable } from 'node:stream'
import type { JobChunk } from '../../run/output/output.ts'
import { noteOutput, stdio } from './stdio.ts'

/** Stdout or stderr could not take what the container printed. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
  readonly stream: JobChunk['stream']
  /** Node's code: `EPIPE` when the reader closed the pipe. */
  readonly code: string

  constructor(stream: JobChunk['stream'], cause: NodeJS.ErrnoException) {
    super(`${stream} can't be written (${cause.code})`, { cause })
    this.stream = stream
    this.code = cause.code ?? ''
  }
}

/** Copies a container's output byte for byte, of the streams given or both; waits for each write: back-pressure. */
export async function copyOut(chunks: AsyncIterable<JobChunk>, streams?: readonly string[]): Promise<void> {
  for await (const { stream, bytes } of chunks) {
    if (streams !== undefined && !streams.includes(stream)) continue
    await write(stdio(stream), bytes).catch(error => {
      throw new OutputError(stream, error)
    })
    noteOutput(stream, bytes)
  }
}

function write(to: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(bytes, error => (error ? reject(error) : resolve()))
  })
}
