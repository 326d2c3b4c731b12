import type { Socket } from 'node:net'
import { type HttpParser, HttpSyntaxError } from '../bytes/http-parser.ts'
import type { Request } from '../match/match.ts'
import type { Stdin } from './stdin.ts'

/** What a connection brings. */
export interface Input {
  /** The next bytes; undefined at the end. */
  next(): Promise<Buffer | undefined>
}

/** Reads that are kept until they are asked for; then the socket is paused. */
const maxReads = 16

/** Reads a connection as it comes. A stream's own iterator takes several times as long for a short request. */
export function inputOf(socket: Socket): Input {
  const reads: Buffer[] = []
  let ended = false
  let wake: () => void = () => undefined
  const end = () => {
    ended = true
    wake()
  }
  socket.on('data', bytes => {
    reads.push(bytes)
    if (reads.length === maxReads) socket.pause()
    wake()
  })
  socket.once('end', end).once('close', end)
  return {
    async next() {
      while (reads.length === 0 && !ended)
        await new Promise<void>(resolve => {
          wake = resolve
        })
      if (reads.length === maxReads) socket.resume()
      return reads.shift()
    },
  }
}

/** Hands what a connection brings to a listener, to its end. */
export async function forward(input: Input, stdin: Stdin): Promise<void> {
  try {
    for (let bytes = await input.next(); bytes !== undefined; bytes = await input.next()) stdin.push(bytes)
  } finally {
    stdin.end()
  }
}

/** The requests of a connection, each when it is whole. */
export async function* requestsOf(parser: HttpParser, input: Input): AsyncGenerator<Request> {
  let line = ''
  let body: Buffer[] = []
  for (let bytes = await input.next(); bytes !== undefined; bytes = await input.next()) {
    try {
      for (const part of parser.push(bytes)) {
        if (part.part === 'head') line = part.startLine.replace(/ HTTP\/1\.[01]$/, '')
        else if (part.part === 'body') body.push(part.bytes)
        else {
          yield { line, body: Buffer.concat(body) }
          body = []
        }
      }
    } catch (error) {
      if (error instanceof HttpSyntaxError) return
      throw error
    }
  }
}
