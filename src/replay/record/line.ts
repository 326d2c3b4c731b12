import { HttpParser, type HttpPart, HttpSyntaxError, headerOf } from '../bytes/http-parser.ts'
import { toContent, toHeaders } from '../file/content.ts'
import { isAuthentication } from './authentication.ts'

type Direction = 'sent' | 'received'

/** An event whose bytes may still grow. */
export interface Draft {
  readonly conn: number
  readonly at: number
  readonly pieces: Buffer[]
  /** The event, once its bytes are all there. */
  tell(bytes: Buffer): object
}

interface Notes {
  /** A login to a registry is read like any other request. */
  allowAuth: boolean
  note(tell: Draft['tell']): Draft
  /** More bytes of what was noted. */
  add(draft: Draft, bytes: Buffer): void
  /** Bytes that are not of a message: of much output, there may be more than is kept. */
  raw(tell: Draft['tell'], bytes: Buffer): void
}

type Head = Extract<HttpPart, { part: 'head' }>

/** An answer that is arriving. */
interface Answer {
  status: number
  framed: Head['framed']
  draft?: Draft
  cut: boolean
}

/** One connection, understood as HTTP until an upgrade makes it raw. */
export class Line {
  readonly #notes: Notes
  #requests = new HttpParser('request')
  readonly #answers = new HttpParser('answer', () => this.#methods[0] === 'HEAD')
  readonly #methods: string[] = []
  /** What the last request would upgrade to. */
  #protocol: string | undefined
  /** An upgrade was asked for, and not answered yet. */
  #upgrading = false
  #raw = false
  #refused = false
  #request: Draft | undefined
  #answer: Answer | undefined

  constructor(notes: Notes) {
    this.#notes = notes
  }

  /** True where bytes of the client are not, or may not be, HTTP any more. */
  get raw(): boolean {
    return this.#raw || this.#upgrading
  }

  /** The client has sent a login to a registry that is not to reach the Engine. */
  get refused(): boolean {
    return this.#refused
  }

  sent(bytes: Buffer): void {
    if (this.raw) this.#sendRaw(bytes)
    else {
      this.#understand(
        () => this.#readRequests(bytes),
        () => this.#sendRaw(this.#requests.detach()),
      )
    }
  }

  // HTTP/2 and web sockets carry credentials too, in ways that can't be found: of them nothing is written down.
  #sendRaw(bytes: Buffer): void {
    const readable = this.#protocol === undefined || /^tcp$/i.test(this.#protocol)
    this.#noteRaw('sent', readable ? bytes : Buffer.alloc(bytes.length, '*'))
  }

  sentEnd(): void {
    this.#notes.note(() => ({ sent: 'end' }))
  }

  received(bytes: Buffer): void {
    if (this.#raw) this.#receiveRaw(bytes)
    else {
      this.#understand(
        () => this.#readAnswers(bytes),
        () => this.#receiveRaw(this.#answers.detach()),
      )
    }
  }

  #receiveRaw(bytes: Buffer): void {
    this.#noteRaw('received', bytes)
  }

  #noteRaw(direction: Direction, bytes: Buffer): void {
    this.#notes.raw(final => ({ [direction]: toContent(final) }), bytes)
  }

  // What is not HTTP is recorded as raw bytes, so that it can be looked at.
  #understand(read: () => void, asRaw: () => void): void {
    try {
      read()
    } catch (error) {
      if (!(error instanceof HttpSyntaxError)) throw error
      this.#raw = true
      asRaw()
    }
  }

  #readRequests(bytes: Buffer): void {
    for (const part of this.#requests.push(bytes)) {
      if (part.part === 'head') this.#openRequest(part)
      else if (part.part === 'end') this.#closeRequest()
      else if (this.#request !== undefined) this.#notes.add(this.#request, part.bytes)
    }
  }

  #openRequest({ startLine, headers }: Head): void {
    const [method = '', path = ''] = startLine.split(' ')
    this.#refused ||= !this.#notes.allowAuth && isAuthentication(path)
    if (this.#refused) return
    this.#methods.push(method)
    this.#protocol = headerOf(headers, 'upgrade')
    this.#request = this.#notes.note(body => ({
      request: `${method} ${path}`,
      headers: toHeaders(headers),
      ...(body.length > 0 && { body: toContent(body) }),
    }))
  }

  #closeRequest(): void {
    this.#request = undefined
    if (this.#protocol === undefined) return
    this.#upgrading = true
    const early = this.#requests.detach()
    if (early.length > 0) this.sent(early)
  }

  #readAnswers(bytes: Buffer): void {
    for (const part of this.#answers.push(bytes)) {
      if (part.part === 'head') this.#openAnswer(part)
      else if (part.part === 'body') this.#readBody(part.bytes)
      else this.#closeAnswer()
      if (!this.#raw) continue
      const rest = this.#answers.detach()
      if (rest.length > 0) this.#receiveRaw(rest)
      return
    }
  }

  #openAnswer({ startLine, headers, framed }: Head): void {
    const [, status = '0', ...words] = startLine.split(' ')
    const answer: Answer = { status: Number(status), framed, cut: false }
    answer.draft = this.#notes.note(body => ({
      answer: answer.status,
      reason: words.join(' '),
      headers: toHeaders(headers),
      ...(body.length > 0 && { body: toContent(body) }),
      ...(answer.cut && { length: Number(headerOf(headers, 'content-length')) }),
    }))
    this.#answer = answer
    // A body without an end of its own leaves no room for another request: Engines take what comes then as raw bytes.
    this.#raw = answer.status === 101 || framed === 'close'
  }

  #readBody(bytes: Buffer): void {
    if (this.#answer?.framed === 'chunks') this.#noteChunk(bytes)
    else if (this.#answer?.draft !== undefined) this.#notes.add(this.#answer.draft, bytes)
  }

  #noteChunk(bytes: Buffer, length?: number): void {
    const cut = length !== undefined && { length }
    this.#notes.add(
      this.#notes.note(final => ({ chunk: toContent(final), ...cut })),
      bytes,
    )
  }

  #closeAnswer(): void {
    const { framed, status = 0 } = this.#answer ?? {}
    if (framed === 'chunks') this.#notes.note(() => ({ chunks: 'end' }))
    this.#answer = undefined
    if (status < 200) return
    this.#methods.shift()
    if (this.#upgrading) this.#requests = new HttpParser('request')
    this.#upgrading = false
  }

  /** The connection is over: what is under way has been cut short. */
  cut(): void {
    const { partialChunk, midway } = this.#answers
    if (partialChunk !== undefined) {
      this.#noteChunk(partialChunk.bytes, partialChunk.length)
    } else if (this.#answer?.framed === 'length') {
      this.#answer.cut = midway
    } else {
      const rest = this.#answers.detach()
      if (rest.length > 0) this.#receiveRaw(rest)
    }
  }
}
