import type { Duplex } from 'node:stream'
import type { Address } from '../address/address.ts'
import { openPool } from './connections.ts'
import { closed, Exchange, type Opened } from './exchange.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { Sockets } from './sockets.ts'

/** Carries requests to one Engine over kept-alive connections; opens none until the first. */
export class Transport {
  readonly #address: () => Promise<Address>
  readonly #raw = new Sockets()
  #opening: Promise<Opened> | undefined
  #opened: Opened | undefined
  readonly #closing = new AbortController()

  constructor(address: () => Promise<Address>) {
    this.#address = address
  }

  /** Sends one request; resolves once the answer's headers are in. */
  send(request: HttpRequest): Promise<HttpResponse> {
    const { signal, upgrade } = request
    // Small requests come by the thousand: no await for what is there.
    if (this.#opened === undefined || upgrade || signal?.aborted) return this.#prepare(request)
    return new Exchange(this.#opened, request, this.#closing.signal).answer
  }

  async #prepare(request: HttpRequest): Promise<HttpResponse> {
    request.signal?.throwIfAborted()
    const opened = this.#opened ?? (await this.#open())
    request.signal?.throwIfAborted()
    const answer = await new Exchange(opened, request, this.#closing.signal).answer
    if (answer.socket !== undefined) this.#keep(answer.socket, request.signal)
    return answer
  }

  async #open(): Promise<Opened> {
    if (this.#closing.signal.aborted) throw closed()
    // A failure is not kept: the Engine may be there the next time.
    this.#opening ??= this.#address()
      .then(async address => ({ address, pool: await openPool(address, this.#closing.signal) }))
      .catch(error => {
        this.#opening = undefined
        throw error
      })
    this.#opened = await this.#opening
    return this.#opened
  }

  // undici forgets a connection once it is raw: the signal and close() are heeded here.
  #keep(socket: Duplex, signal: AbortSignal | undefined): void {
    const drop = () => socket.destroy()
    this.#raw.add(socket)
    signal?.addEventListener('abort', drop, { once: true })
    socket.once('close', () => {
      this.#raw.delete(socket)
      signal?.removeEventListener('abort', drop)
    })
    if (signal?.aborted || this.#closing.signal.aborted) drop()
  }

  /** Aborted once it is closed, with an error that says so. */
  get closedSignal(): AbortSignal {
    return this.#closing.signal
  }

  /** Closes every connection; requests under way fail. */
  async close(): Promise<void> {
    this.#raw.destroy(closed())
    this.#closing.abort(closed())
    this.#opened = undefined
    const opened = await this.#opening?.catch(() => undefined)
    await opened?.pool.destroy(closed())
  }
}
