import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Cut {
  /** Bytes of the answer to a request after which its connection is cut. */
  after: number
  /** Whether the answer's head counts, too. Default true. */
  withHead?: boolean
  /** Cleanly or not. */
  how: 'end' | 'destroy'
}

/** Undefined leaves the connection. */
export type Cutter = (request: string) => Cut | undefined

/** Stands between a client and an Engine on a unix socket, and cuts connections. */
export class CuttingRelay implements AsyncDisposable {
  readonly host: string
  /** Bytes that came from the Engine, by the first word after the container's id: `attach`, `logs`. */
  readonly received: Record<string, number> = {}
  cuts = 0
  readonly #server: Server
  readonly #upstream: string
  readonly #cut: Cutter
  readonly #directory: string
  readonly #sockets = new Set<Socket>()
  /** Each client's last operation, and how it is cut. */
  readonly #clients = new Map<Socket, { operation: string; cut(): void }>()

  private constructor(directory: string, server: Server, upstream: string, cut: Cutter) {
    this.#directory = directory
    this.host = `unix://${directory}/relay.sock`
    this.#server = server
    this.#upstream = upstream
    this.#cut = cut
  }

  /** @param engine as `unix:///run/docker.sock`. */
  static async start(engine: string, cut: Cutter): Promise<CuttingRelay> {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-relay-'))
    const server = createServer({ allowHalfOpen: true })
    const relay = new CuttingRelay(directory, server, engine.replace('unix://', ''), cut)
    server.on('connection', client => relay.#serve(client))
    server.listen(join(directory, 'relay.sock'))
    await once(server, 'listening')
    return relay
  }

  #serve(client: Socket): void {
    const engine = connect({ path: this.#upstream, allowHalfOpen: true })
    let limit = Number.POSITIVE_INFINITY
    let how: Cut['how'] = 'end'
    let headCounts = true
    let operation = ''
    for (const socket of [client, engine]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        this.#clients.delete(client)
        client.destroy()
        engine.destroy()
      })
    }
    client.on('data', chunk => {
      const request = /^(?:GET|POST|DELETE|HEAD|PUT) (\S+) HTTP/.exec(chunk.toString('latin1', 0, 2_000))
      if (request?.[1] !== undefined) {
        operation = /\/containers\/[^/]+\/(\w+)/.exec(request[1])?.[1] ?? ''
        this.#clients.set(client, { operation, cut: () => cut('end') })
        const wanted = this.#cut(request[1])
        limit = wanted?.after ?? Number.POSITIVE_INFINITY
        how = wanted?.how ?? 'end'
        headCounts = wanted?.withHead ?? true
      }
      if (!engine.write(chunk)) client.pause()
    })
    engine.on('drain', () => client.resume())
    client.on('drain', () => engine.resume())
    engine.on('data', chunk => {
      this.received[operation] = (this.received[operation] ?? 0) + chunk.length
      if (!headCounts) limit += chunk.indexOf('\r\n\r\n') + 4
      headCounts = true
      const part = chunk.subarray(0, limit)
      limit -= part.length
      if (!client.write(part)) engine.pause()
      if (limit <= 0) cut(how)
    })
    const cut = (how: Cut['how']) => {
      this.cuts++
      engine.destroy()
      if (how === 'end') client.end()
      else client.destroy()
    }
    client.on('end', () => engine.end())
    engine.on('end', () => client.end())
  }

  /** Cuts the connections whose last operation is one of these, cleanly. False where there is none. */
  cut(...operations: string[]): boolean {
    const found = [...this.#clients.values()].filter(({ operation }) => operations.includes(operation))
    for (const client of found) client.cut()
    return found.length > 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await rm(this.#directory, { recursive: true })
  }
}
