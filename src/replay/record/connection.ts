import { HttpParser, type HttpPart, HttpSyntaxError, headerOf } from '../bytes/http-parser.ts'
import { toContent, toHeaders } from '../file/content.ts'
import { isAuthentication } from './authentication.ts'

type Direction = 'sent' | 'received'

/** An event whose bytes may still arrive. */
export interface Draft {
  readonly conn: number
  readonly at: number
  readonly pieces: Buffer[]
  /** Makes the event, once all its bytes are there. */
  toEvent(bytes: Buffer): object
}

/** Takes the events of a connection, and says what may pass. */
interface EventSink {
  /** Pass a login to a registry on like any other request. */
  allowAuth: boolean
  /** Begins an event. */
  begin(toEvent: Draft['toEvent']): Draft
  /** Appends bytes to an event. */
  append(draft: Draft, bytes: Buffer): void
  /** Adds an event of raw bytes, of which it may keep a limited number. */
  raw(toEvent: Draft['toEvent'], bytes: Buffer): void
}

type Head = Extract<HttpPart, { part: 'head' }>

/** An answer that is arriving. */
interface Answer {
  status: number
  framed: Head['framed']
  draft?: Draft
  cut: boolean
}

/** Makes events of what goes over one connection: it is parsed as HTTP until an upgrade makes it raw. */
export class RecordedConnection {
  readonly #sink: EventSink
  #requests = new HttpParser('request')
  readonly #answers = new HttpParser('answer', () => this.#methods[0] === 'HEAD')
  readonly #methods: string[] = []
  /** What the last request would upgrade to. */
  #protocol: string | undefined
  /** An upgrade was requested, and not answered yet. */
  #upgrading = false
  #isRaw = false
  #isRefused = false
  #request: Draft | undefined
  #answer: Answer | undefined

  constructor(sink: EventSink) {
    this.#sink = sink
  }

  /** True where bytes of the client are not, or may not be, HTTP any more. */
  get isRaw(): boolean {
    return this.#isRaw || this.#upgrading
  }

  /** The client has sent a login to a registry that is not to reach the Engine. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  sent(bytes: Buffer): void {
    if (this.isRaw) this.#sendRaw(bytes)
    else {
      this.#parse(
        () => this.#readRequests(bytes),
        () => this.#sendRaw(this.#requests.detach()),
      )
    }
  }

  // HTTP/2 and WebSocket carry credentials where they can't be found: only their lengths are written down.
  #sendRaw(bytes: Buffer): void {
    const readable = this.#protocol === undefined || /^tcp$/i.test(this.#protocol)
    this.#noteRaw('sent', readable ? bytes : Buffer.alloc(bytes.length, '*'))
  }

  sentEnd(): void {
    this.#sink.begin(() => ({ sent: 'end' }))
  }

  received(bytes: Buffer): void {
    if (this.#isRaw) this.#receiveRaw(bytes)
    else {
      this.#parse(
        () => this.#readAnswers(bytes),
        () => this.#receiveRaw(this.#answers.detach()),
      )
    }
  }

  #receiveRaw(bytes: Buffer): void {
    this.#noteRaw('received', bytes)
  }

  #noteRaw(direction: Direction, bytes: Buffer): void {
    this.#sink.raw(final => ({ [direction]: toContent(final) }), bytes)
  }

  // What is not HTTP is recorded as raw bytes, so that it can be looked at.
  #parse(read: () => void, asRaw: () => void): void {
    try {
      read()
    } catch (error) {
      if (!(error instanceof HttpSyntaxError)) throw error
      this.#isRaw = true
      asRaw()
    }
  }

  #readRequests(bytes: Buffer): void {
    for (const part of this.#requests.push(bytes)) {
      if (part.part === 'head') this.#openRequest(part)
      else if (part.part === 'end') this.#closeRequest()
      else if (this.#request !== undefined) this.#sink.append(this.#request, part.bytes)
    }
  }

  #openRequest({ startLine, headers }: Head): void {
    const [method = '', path = ''] = startLine.split(' ')
    this.#isRefused ||= !this.#sink.allowAuth && isAuthentication(path)
    if (this.#isRefused) return
    this.#methods.push(method)
    this.#protocol = headerOf(headers, 'upgrade')
    this.#request = this.#sink.begin(body => ({
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
      if (!this.#isRaw) continue
      const rest = this.#answers.detach()
      if (rest.length > 0) this.#receiveRaw(rest)
      return
    }
  }

  #openAnswer({ startLine, headers, framed }: Head): void {
    const [, status = '0', ...words] = startLine.split(' ')
    const answer: Answer = { status: Number(status), framed, cut: false }
    answer.draft = this.#sink.begin(body => ({
      answer: answer.status,
      reason: words.join(' '),
      headers: toHeaders(headers),
      ...(body.length > 0 && { body: toContent(body) }),
      ...(answer.cut && { length: Number(headerOf(headers, 'content-length')) }),
    }))
    this.#answer = answer
    // A body that ends with its connection is the last one: Engines read what the client sends then as raw bytes.
    this.#isRaw = answer.status === 101 || framed === 'close'
  }

  #readBody(bytes: Buffer): void {
    if (this.#answer?.framed === 'chunks') this.#noteChunk(bytes)
    else if (this.#answer?.draft !== undefined) this.#sink.append(this.#answer.draft, bytes)
  }

  #noteChunk(bytes: Buffer, length?: number): void {
    const cut = length !== undefined && { length }
    this.#sink.append(
      this.#sink.begin(final => ({ chunk: toContent(final), ...cut })),
      bytes,
    )
  }

  #closeAnswer(): void {
    const { framed, status = 0 } = this.#answer ?? {}
    if (framed === 'chunks') this.#sink.begin(() => ({ chunks: 'end' }))
    this.#answer = undefined
    if (status < 200) return
    this.#methods.shift()
    if (this.#upgrading) this.#requests = new HttpParser('request')
    this.#upgrading = false
  }

  /** The connection has ended: a message that is under way is cut short. */
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
