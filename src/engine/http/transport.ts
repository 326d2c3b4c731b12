import type { Duplex } from 'node:stream'
import type { Address } from '../address/address.ts'
import { connectionError } from './connection-error.ts'
import { openPool } from './connections.ts'
import { dial } from './dial.ts'
import { closed, Exchange, type Opened } from './exchange.ts'
import { hijack } from './hijack.ts'
import type { HttpRequest, HttpResponse } from './message.ts'
import { configuredHeaders } from './rules.ts'
import { unlessAborted } from './signals.ts'

/** Carries requests to one Engine over kept-alive connections; opens none until the first. */
export class Transport {
  readonly #address: () => Promise<Address>
  #opening: Promise<Opened> | undefined
  #opened: Opened | undefined
  readonly #closing = new AbortController()

  constructor(address: () => Promise<Address>) {
    this.#address = address
  }

  /** Sends one request; resolves once the response's headers are in. */
  send(request: HttpRequest): Promise<HttpResponse> {
    const { signal, upgrade } = request
    const opened = this.#opened
    // Small requests come by the thousand: no await where none is needed.
    if (opened === undefined || upgrade || signal?.aborted) return this.#prepare(request)
    if (request.short && !opened.pool.turns.tryTake()) return this.#prepare(request)
    return new Exchange(opened, request, this.#closing.signal).response
  }

  /** Opens a connection that carries none of these requests. */
  async dial(): Promise<Duplex> {
    const { address } = await this.#open()
    return dial(address, this.#closing.signal).catch(error => {
      throw this.#closing.signal.aborted ? closed() : connectionError(error, address)
    })
  }

  async #prepare(request: HttpRequest): Promise<HttpResponse> {
    request.signal?.throwIfAborted()
    const opened = this.#opened ?? (await unlessAborted(this.#open(), request.signal))
    const { address } = opened
    // Over ssh and TLS undici opens the connection.
    const dialled = address.kind === 'socket' || (address.kind === 'tcp' && address.tls === undefined)
    if (request.upgrade && dialled) {
      const headers = { ...opened.headers, ...request.headers }
      return hijack(address, { ...request, headers }, this.#closing.signal)
    }
    if (request.short) await opened.pool.turns.take(request.signal)
    return new Exchange(opened, request, this.#closing.signal).response
  }

  async #open(): Promise<Opened> {
    if (this.#closing.signal.aborted) throw closed()
    // A failure is not kept: the Engine may be up the next time.
    this.#opening ??= this.#address()
      .then(async address => ({
        address,
        headers: configuredHeaders(address.headers),
        pool: await openPool(address, this.#closing.signal),
      }))
      .catch(error => {
        this.#opening = undefined
        throw error
      })
    this.#opened = await this.#opening
    return this.#opened
  }

  /** Aborted once it is closed, with an error that says so. */
  get closedSignal(): AbortSignal {
    return this.#closing.signal
  }

  /** Closes every connection; requests under way fail. */
  async close(): Promise<void> {
    this.#closing.abort(closed())
    this.#opened = undefined
    const opened = await this.#opening?.catch(() => undefined)
    await opened?.pool.destroy(closed())
  }
}
