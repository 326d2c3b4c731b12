import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { ContainerSpec, ImageInspect, Volume } from '../../src/engine/wire.ts'
import { answerArchive, type FakePath } from './fake-archive.ts'
import { FakeContainer, type Program } from './fake-container.ts'
import {
  type Exchange,
  hangUpWithClient,
  keepInput,
  type Operation,
  openExchange,
  receive,
  type Seen,
  upgrade,
} from './fake-exchange.ts'
import { findImage, image, pullLines, takeNames } from './fake-image.ts'

/** What the fake Engine begins with. */
export interface Setup {
  /** Default 1.41. */
  apiVersion?: string
  /** Local images; a text is the tag of one. */
  images?: ReadonlyArray<string | ImageInspect>
  /** Images that a pull finds. */
  registry?: ReadonlyArray<string | ImageInspect>
  /** What every container does. Default: ends at once with status 0. */
  program?: Program
  /** The paths that every container has, for copies. */
  paths?: Record<string, FakePath>
  /** `none` keeps no log. Default json-file. */
  logDriver?: 'json-file' | 'none'
}

/** How long connections may take to close once the test is over, in milliseconds. */
const patience = 2_000

/**
 * An Engine in this process, on a unix socket, which answers as dockerd 20.10 does unless a script takes a request over.
 * Disposing of it fails when the client has left a connection open.
 */
export class FakeEngine implements AsyncDisposable {
  readonly requests: Seen[] = []
  readonly containers: FakeContainer[] = []
  readonly images: ImageInspect[]
  readonly volumes: Volume[] = []
  readonly host: string
  readonly #setup: Setup
  readonly #server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 })
  readonly #directory: string
  /** Connections, and the last request on each. */
  readonly #open = new Map<Duplex, Partial<Seen>>()
  readonly #scripts: Array<[Operation, (exchange: Exchange) => unknown]> = []
  /** When the daemon began, in milliseconds since 1970. */
  #upSince = 0
  readonly #troubles: unknown[] = []
  readonly #watchers: Array<() => void> = []

  private constructor(directory: string, setup: Setup) {
    this.#directory = directory
    this.#setup = setup
    this.host = `unix://${directory}/docker.sock`
    this.images = (setup.images ?? []).map(inspected)
    this.#server.on('connection', (socket: Socket) => {
      this.#open.set(socket, {})
      socket.on('error', () => undefined).on('close', () => this.#closed(socket))
    })
    this.#server.on('request', (request, response) => this.#handle(request, response))
    this.#server.on('upgrade', request => {
      hangUpWithClient(request.socket)
      this.#handle(request, new ServerResponse(request))
    })
  }

  static async start(setup: Setup = {}): Promise<FakeEngine> {
    const engine = new FakeEngine(await mkdtemp(join(tmpdir(), 'holdfast-fake-')), setup)
    await engine.up()
    return engine
  }

  /** What was asked, in order; of attach and wait, which go out together, attach first. */
  get asked(): string[] {
    const asked: string[] = this.requests.map(({ operation }) => operation)
    const at = asked.findIndex((operation, index) => operation === 'wait' && asked[index + 1] === 'attach')
    if (at >= 0) asked.splice(at, 2, 'attach', 'wait')
    return asked
  }

  /** The next request of that kind goes to this script. */
  on(operation: Operation, script: (exchange: Exchange) => unknown): void {
    this.#scripts.push([operation, script])
  }

  /** The first, or n-th, request of that kind, once it is here. */
  async seen(operation: Operation, n = 1): Promise<Seen> {
    for (;;) {
      const found = this.requests.filter(seen => seen.operation === operation)[n - 1]
      if (found !== undefined) return found
      await this.#change()
    }
  }

  /** Resolves when no connection is open. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await this.#change()
  }

  /** Breaks off the connections that such a request has been sent on last. */
  drop(operation: Operation, method?: string): void {
    for (const [socket, last] of this.#open)
      if (last.operation === operation && last.method === (method ?? last.method)) socket.destroy()
  }

  /** The daemon ends; with live-restore, containers go on. Streams that were upgraded end cleanly, the others break off. */
  async down(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#open.keys()) socket.destroy()
    await closed
  }

  /** @param anew the daemon was restarted, and has no earlier event. Otherwise it only could not be reached. */
  async up(anew = true): Promise<void> {
    if (anew) this.#upSince = Date.now()
    this.#server.listen(join(this.#directory, 'docker.sock'))
    await once(this.#server, 'listening')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const late = setTimeout(() => this.#complain(), patience)
    await this.idle()
    clearTimeout(late)
    if (this.#server.listening) await this.down()
    await rm(this.#directory, { recursive: true })
    if (this.#troubles.length > 0) throw new AggregateError(this.#troubles, String(this.#troubles[0]))
  }

  #complain(): void {
    const last = [...this.#open.values()].map(({ method, path }) => `${method} ${path}`).join(', ')
    this.#troubles.push(new Error(`connections were left open; last on them: ${last}`))
    for (const socket of this.#open.keys()) socket.destroy()
  }

  #change(): Promise<void> {
    return new Promise(resolve => this.#watchers.push(resolve))
  }

  #changed(): void {
    for (const wake of this.#watchers.splice(0)) wake()
  }

  #closed(socket: Duplex): void {
    this.#open.delete(socket)
    this.#changed()
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const seen = receive(request)
    this.requests.push(seen)
    this.#open.set(request.socket, seen)
    this.#changed()
    this.#serve(request, seen, response).catch(error => this.#troubles.push(error))
  }

  async #serve(request: IncomingMessage, seen: Seen, response: ServerResponse): Promise<void> {
    if (seen.operation !== 'attach' && !(await readBody(request, seen))) return
    const at = this.#scripts.findIndex(([operation]) => operation === seen.operation)
    const [script] = at === -1 ? [] : this.#scripts.splice(at, 1)
    const parts = { seen, socket: request.socket, response }
    const proceed = (exchange: Exchange) => this.#proceed(seen, exchange)
    const exchange = openExchange(parts, this.#setup.apiVersion ?? '1.41', proceed)
    await (script?.[1] ?? proceed)(exchange)
  }

  #proceed(seen: Seen, exchange: Exchange): unknown {
    if (seen.operation === 'unknown') return exchange.answer(404, 'page not found')
    if (seen.operation === 'ping') return exchange.answer(200, 'OK')
    if (seen.operation === 'image') return this.#inspectImage(seen, exchange)
    if (seen.operation === 'pull') return this.#pull(seen, exchange)
    if (seen.operation === 'create') return this.#create(seen, exchange)
    if (seen.operation === 'list') return this.#list(seen, exchange)
    if (seen.operation === 'info')
      return exchange.answer(200, { ID: 'x', SystemTime: new Date().toISOString() })
    if (seen.operation === 'services')
      return exchange.answer(
        503,
        'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join".',
      )
    if (seen.operation === 'events') return this.#events(seen, exchange)
    if (seen.operation === 'volumes') return exchange.answer(200, { Volumes: this.volumes, Warnings: null })
    if (seen.operation === 'volume') return this.#inspectVolume(seen, exchange)
    if (seen.operation === 'createVolume') return this.#createVolume(seen, exchange)
    if (seen.operation === 'removeVolume') return this.#removeVolume(seen, exchange)
    const container = this.containers.find(({ id, name }) => id.startsWith(seen.about) || name === seen.about)
    if (container === undefined) return exchange.answer(404, `No such container: ${seen.about}`)
    if (seen.operation === 'remove') return this.#remove(container, seen, exchange)
    if (seen.operation === 'archive') {
      const { method, query } = seen
      const asked = { method, path: query.get('path') ?? '' }
      return answerArchive(this.#setup.paths ?? {}, asked, exchange.response)
    }
    if (seen.operation === 'logs') return this.#logs(container, seen, exchange)
    return actOn(container, seen, exchange)
  }

  /** Starts and ends of containers that this daemon saw. */
  #events({ query }: Seen, exchange: Exchange): unknown {
    const filters: { container?: string[]; event?: string[] } = JSON.parse(query.get('filters') ?? '{}')
    const until = query.get('until')
    const latest = until === null ? Number.POSITIVE_INFINITY : Number(until) * 1000
    const events = this.containers
      .flatMap(({ id, startedAt, finishedAt, exitCode }) => [
        { id, action: 'start', at: startedAt, attributes: {} },
        { id, action: 'die', at: finishedAt, attributes: { exitCode: String(exitCode) } },
      ])
      .filter(({ id }) => filters.container?.includes(id) ?? true)
      .filter(({ action }) => filters.event?.includes(action) ?? true)
      .filter(({ at }) => at >= this.#upSince && at <= latest)
      .map(({ id, action, at, attributes }) => ({
        Type: 'container',
        Action: action,
        Actor: { ID: id, Attributes: attributes },
        time: Math.floor(at / 1000),
        timeNano: at * 1e6,
      }))
    exchange.lines(...events)
    return exchange.response.end()
  }

  #inspectImage({ about, query }: Seen, exchange: Exchange): unknown {
    const asked = query.get('platform')
    const honoured = asked !== null && Number(this.#setup.apiVersion?.split('.')[1]) >= 49
    const found = findImage(this.images, about, honoured ? JSON.parse(asked) : undefined)
    if (found === undefined) return exchange.answer(404, `no such image: ${about}: No such image: ${about}`)
    return exchange.answer(200, found)
  }

  #pull({ query }: Seen, exchange: Exchange): unknown {
    const tag = query.get('tag') ?? ''
    const name = `${query.get('fromImage')}${tag.includes(':') ? '@' : ':'}${tag}`
    const found = findImage((this.#setup.registry ?? []).map(inspected), name)
    if (found === undefined)
      return exchange.answer(404, `manifest for ${name} not found: manifest unknown: manifest unknown`)
    takeNames(this.images, found)
    exchange.lines(...pullLines(found))
    return exchange.response.end()
  }

  #create({ query, body }: Seen, exchange: Exchange): unknown {
    const spec: ContainerSpec = JSON.parse(body)
    const name = query.get('name') ?? `unruffled_kilby${this.requests.length}`
    if (findImage(this.images, spec.Image) === undefined)
      return exchange.answer(404, `No such image: ${spec.Image}`)
    const twin = this.containers.find(each => each.name === name)
    if (twin !== undefined)
      return exchange.answer(
        409,
        `Conflict. The container name "/${name}" is already in use by container "${twin.id}". You have to remove (or rename) that container to be able to reuse that name.`,
      )
    const container = new FakeContainer(name, spec, this.#setup.program ?? (() => 0))
    this.containers.push(container)
    return exchange.answer(201, { Id: container.id, Warnings: [] })
  }

  #list({ query }: Seen, exchange: Exchange): void {
    const filters: { label?: string[]; id?: string[] } = JSON.parse(query.get('filters') ?? '{}')
    const { label = [], id } = filters
    const labels = ({ spec }: FakeContainer) => Object.entries(spec.Labels ?? {})
    const matches = (each: FakeContainer) =>
      (id === undefined || id.includes(each.id)) &&
      label.every(wanted =>
        labels(each).some(([key, value]) => wanted === key || wanted === `${key}=${value}`),
      )
    exchange.answer(
      200,
      this.containers.filter(matches).map(each => each.summary),
    )
  }

  #createVolume({ body }: Seen, exchange: Exchange): unknown {
    const { Name, Labels }: Pick<Volume, 'Name' | 'Labels'> = JSON.parse(body)
    const known = this.volumes.find(each => each.Name === Name)
    const CreatedAt = new Date().toISOString().replace(/\.\d+/, '')
    const volume = known ?? { Name, Labels, CreatedAt, Driver: 'local', Mountpoint: '/v', Scope: 'local' }
    if (known === undefined) this.volumes.push(volume)
    return exchange.answer(201, volume)
  }

  #inspectVolume({ about }: Seen, exchange: Exchange): unknown {
    const found = this.volumes.find(({ Name }) => Name === about)
    return found === undefined
      ? exchange.answer(404, `get ${about}: no such volume`)
      : exchange.answer(200, found)
  }

  #removeVolume({ about }: Seen, exchange: Exchange): unknown {
    const at = this.volumes.findIndex(({ Name }) => Name === about)
    if (at === -1) return exchange.answer(404, `get ${about}: no such volume`)
    this.volumes.splice(at, 1)
    return exchange.answer(204)
  }

  #logs(container: FakeContainer, { query }: Seen, exchange: Exchange): unknown {
    if (this.#setup.logDriver === 'none')
      return exchange.answer(501, 'configured logging driver does not support reading')
    return container.log.serve(exchange.response, query)
  }

  #remove(container: FakeContainer, { query }: Seen, exchange: Exchange): unknown {
    if (container.status === 'running' && query.get('force') !== 'true')
      return exchange.answer(409, `You cannot remove a running container ${container.id}.`)
    this.containers.splice(this.containers.indexOf(container), 1)
    container.remove()
    return exchange.answer(204)
  }
}

/** False where the client has dropped its request. */
async function readBody(request: IncomingMessage, seen: Seen): Promise<boolean> {
  try {
    for await (const chunk of request) seen.body += chunk
    return true
  } catch (error) {
    if (request.socket.destroyed) return false
    throw error
  }
}

async function actOn(container: FakeContainer, { operation, query }: Seen, exchange: Exchange) {
  const running = container.status === 'running'
  switch (operation) {
    case 'stats':
      return exchange.answer(200, {
        read: '',
        cpu_stats: { cpu_usage: { total_usage: 0 } },
        memory_stats: {},
      })
    case 'inspect':
      return exchange.answer(200, container.inspect)
    case 'attach':
      if (query.get('stdin') === 'true') keepInput(exchange.socket)
      return container.attach(upgrade(exchange.socket))
    case 'wait':
      exchange.lines()
      return container.wait(exchange.response, query.get('condition') ?? 'not-running')
    case 'start': {
      const ended = running ? undefined : container.start()
      exchange.answer(running ? 304 : 204)
      return ended
    }
    case 'stop':
      if (running) await container.stop(Number(query.get('t')))
      return exchange.answer(running ? 204 : 304)
    default:
      if (!running) return exchange.answer(409, `Container ${container.id} is not running`)
      if (operation === 'kill') container.kill(query.get('signal') ?? 'SIGKILL')
      exchange.answer(operation === 'kill' ? 204 : 200)
  }
}

function inspected(wanted: string | ImageInspect): ImageInspect {
  return typeof wanted === 'string' ? image(wanted) : wanted
}
