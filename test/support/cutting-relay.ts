import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Bytes of the answer to a request after which its connection is cut, cleanly or not; undefined leaves it. */
export type Cutter = (request: string) => { after: number; how: 'end' | 'destroy' } | undefined

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
    let how: 'end' | 'destroy' = 'end'
    let operation = ''
    for (const socket of [client, engine]) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        engine.destroy()
      })
    }
    client.on('data', chunk => {
      const request = /^(?:GET|POST|DELETE|HEAD|PUT) (\S+) HTTP/.exec(chunk.toString('latin1', 0, 2_000))
      if (request?.[1] !== undefined) {
        operation = /\/containers\/[^/]+\/(\w+)/.exec(request[1])?.[1] ?? ''
        const cut = this.#cut(request[1])
        limit = cut?.after ?? Number.POSITIVE_INFINITY
        how = cut?.how ?? 'end'
      }
      if (!engine.write(chunk)) client.pause()
    })
    engine.on('drain', () => client.resume())
    client.on('drain', () => engine.resume())
    engine.on('data', chunk => {
      this.received[operation] = (this.received[operation] ?? 0) + chunk.length
      const part = chunk.subarray(0, limit)
      limit -= part.length
      if (!client.write(part)) engine.pause()
      if (limit > 0) return
      this.cuts++
      engine.destroy()
      if (how === 'end') client.end()
      else client.destroy()
    })
    client.on('end', () => engine.end())
    engine.on('end', () => client.end())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await rm(this.#directory, { recursive: true })
  }
}
