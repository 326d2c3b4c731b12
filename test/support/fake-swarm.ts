import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Service, ServiceSpec, SwarmNode, Task } from '../../src/engine/swarm-wire.ts'
import type { ImageInspect } from '../../src/engine/wire.ts'
import { inspectedImage } from './responses.ts'

/** A message of a task's log. */
interface Message {
  task: string
  stream: 'stdout' | 'stderr'
  text: string
  timestamp: string
}

/** The digest of the image. */
export const digest = `sha256:${'d'.repeat(64)}`
const pulled = { Id: `sha256:${'2'.repeat(64)}`, RepoTags: ['bb:1'], RepoDigests: [`bb@${digest}`] }

export interface FakeSwarmSetup {
  /** What differs of the image that every name stands for; null for no image. */
  image?: Partial<ImageInspect> | null
  /** What a service's creation begins. */
  onCreate?: (swarm: FakeSwarm, service: Service) => void
  /** Default: Engine 20.10's. From 1.43 on the tasks go with the service. */
  apiVersion?: string
}

/** A manager of a Swarm in this process, on a unix socket. A test moves its tasks by hand. */
export class FakeSwarm implements AsyncDisposable {
  readonly services: Service[] = []
  tasks: Task[] = []
  readonly nodes: SwarmNode[] = []
  readonly requests: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[] =
    []
  /** Answers all requests but pings with that status and message. */
  refusal: { status: number; message: string } | undefined
  /** Is answered once to a creation that is done all the same, and to all that comes for a while. */
  lostLeadership: { message: string; milliseconds: number } | undefined
  /** Why logs can't be read. */
  logTrouble: string | undefined
  readonly host: string
  readonly #directory: string
  readonly #setup: FakeSwarmSetup
  readonly #messages: Message[] = []
  readonly #shutDownTasks = new Set<Task>()
  readonly #followers = new Set<ServerResponse>()
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((request, response) => void this.#serve(request, response))

  private constructor(directory: string, setup: FakeSwarmSetup) {
    this.#directory = directory
    this.#setup = setup
    this.host = `unix://${directory}/docker.sock`
    this.#server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined)
    })
  }

  static async start(setup: FakeSwarmSetup = {}): Promise<FakeSwarm> {
    const swarm = new FakeSwarm(await mkdtemp(join(tmpdir(), 'holdfast-swarm-')), setup)
    for (const name of ['node-1', 'node-2']) swarm.nodes.push(node(name))
    await swarm.up()
    return swarm
  }

  async up(): Promise<void> {
    this.#server.listen(join(this.#directory, 'docker.sock'))
    await once(this.#server, 'listening')
  }

  /** The manager ends: connections break off, and nothing listens. */
  async down(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Gives a task of the service to a node, or lets it wait for one. */
  addTask(service: Service, slot: number, status: Task['Status'], nodeId = 'node-1'): Task {
    const task: Task = {
      ID: `task-${this.tasks.length}`,
      Version: { Index: 1 },
      CreatedAt: new Date(Date.now() + this.tasks.length).toISOString(),
      ServiceID: service.ID,
      ...(slot > 0 && { Slot: slot }),
      ...(status.State !== 'pending' && { NodeID: nodeId }),
      // As Swarm has it of a task that has failed, and of the one that it has ready then.
      get DesiredState() {
        if (this.Status.State === 'ready') return 'ready'
        return ['failed', 'rejected'].includes(this.Status.State) ? 'shutdown' : 'complete'
      },
      Status: status,
    }
    this.tasks.push(task)
    return task
  }

  print(task: Task, stream: Message['stream'], text: string): void {
    const timestamp = `2026-11-23T15:02:11.${String(this.#messages.length).padStart(9, '0')}Z`
    const message = { task: task.ID, stream, text, timestamp }
    this.#messages.push(message)
    for (const follower of this.#followers) follower.write(frame(message))
  }

  /** Tasks that a node goes on with although their service is gone. */
  get orphans(): Task[] {
    return this.tasks.filter(
      ({ ServiceID, Status }) =>
        !this.services.some(({ ID }) => ID === ServiceID) &&
        !['complete', 'failed', 'rejected'].includes(Status.State),
    )
  }

  /** How often that was asked, as `GET /tasks`. */
  count(request: string): number {
    return this.requests.filter(({ method, path }) => `${method} ${path}` === request).length
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '', 'http://d')
    const path = url.pathname.replace(/^\/v1\.\d+/, '')
    const body = Buffer.concat(await request.toArray()).toString()
    const { method = '', headers } = request
    const { apiVersion = '1.41' } = this.#setup
    response.setHeader('Api-Version', apiVersion)
    const answer = (status: number, value: unknown): unknown =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (path === '/_ping') return response.end('OK')
    this.requests.push({ method, path, headers, body })
    if (this.refusal !== undefined) return answer(this.refusal.status, { message: this.refusal.message })
    const filters: Record<string, string[]> = JSON.parse(url.searchParams.get('filters') ?? '{}')
    const { image } = this.#setup
    const [, noun = '', id = '', operation = ''] = path.split('/')
    const service = this.services.find(({ ID, Spec }) => ID === id || Spec.Name === id)
    if (noun === 'events') return response.writeHead(200).flushHeaders()
    if (noun === 'info') return answer(200, { ID: 'x', SystemTime: new Date().toISOString() })
    if (noun === 'containers')
      return id === 'json' ? answer(200, []) : answer(404, { message: `No such container: ${id}` })
    if (noun === 'volumes') return answer(method === 'GET' ? 200 : 201, { Name: 'v', Volumes: [] })
    if (noun === 'images' && image === null) return answer(404, { message: 'No such image' })
    if (noun === 'images') return answer(200, { ...inspectedImage, ...pulled, ...image })
    if (noun === 'nodes') return answer(200, this.nodes)
    if (noun === 'secrets') return answer(404, { message: `secret ${id} not found` })
    if (noun === 'tasks') return answer(200, this.#listTasks(filters))
    if (path === '/services/create') return this.#create(JSON.parse(body), answer)
    if (path === '/services') return answer(200, this.#listServices(filters))
    if (service === undefined) return answer(404, { message: `service ${id} not found` })
    if (operation === 'logs') return this.#logs(url.searchParams, response)
    if (method === 'GET') return answer(200, service)
    if (operation === 'update') {
      service.Spec = JSON.parse(body)
      if (service.Spec.Mode?.ReplicatedJob?.TotalCompletions !== 0) return answer(200, {})
      if (apiVersion === '1.41') this.#removeTasks(service)
      else this.#shutDown(service)
      return answer(200, {})
    }
    // A manager that removes a task at that moment crashes.
    if (apiVersion !== '1.41' && this.#shutDownTasks.size > 0) return this.down()
    this.services.splice(this.services.indexOf(service), 1)
    // Engine 20.10 goes on with them.
    if (apiVersion !== '1.41') this.#removeTasks(service)
    return answer(200, {})
  }

  /** The tasks of the execution before are removed a moment after they have ended. */
  #shutDown(service: Service): void {
    for (const task of this.tasks.filter(({ ServiceID }) => ServiceID === service.ID)) {
      Object.defineProperty(task, 'DesiredState', { value: 'remove' })
      task.Status = { ...task.Status, State: 'shutdown' }
      this.#shutDownTasks.add(task)
    }
    setTimeout(() => this.#removeTasks(service), 200)
  }

  #removeTasks(service: Service): void {
    for (const task of this.tasks) if (task.ServiceID === service.ID) this.#shutDownTasks.delete(task)
    this.tasks = this.tasks.filter(({ ServiceID }) => ServiceID !== service.ID)
  }

  #create(spec: ServiceSpec, answer: (status: number, value: unknown) => unknown): unknown {
    if (this.services.some(({ Spec }) => Spec.Name === spec.Name)) {
      const message = `rpc error: code = AlreadyExists desc = name conflicts with an existing object: service ${spec.Name} already exists`
      return answer(409, { message })
    }
    const at = new Date().toISOString()
    const service: Service = {
      ID: `s${this.services.length}`,
      Version: { Index: 1 },
      CreatedAt: at,
      UpdatedAt: at,
      Spec: spec,
    }
    this.services.push(service)
    this.#setup.onCreate?.(this, service)
    if (this.lostLeadership === undefined) return answer(201, { ID: service.ID })
    const { message, milliseconds } = this.lostLeadership
    this.refusal = { status: 500, message }
    setTimeout(() => {
      this.refusal = undefined
    }, milliseconds)
    return answer(500, { message })
  }

  #listServices({ label = [], name = [] }: Record<string, string[]>): Service[] {
    return this.services.filter(
      ({ Spec }) =>
        label.every(each => hasLabel(Spec, each)) && name.every(each => Spec.Name.startsWith(each)),
    )
  }

  #listTasks({ label = [], service, id }: Record<string, string[]>): Task[] {
    const own = this.#listServices({ label }).map(({ ID }) => ID)
    return this.tasks.filter(
      task =>
        own.includes(task.ServiceID) &&
        (service?.includes(task.ServiceID) ?? true) &&
        (id?.includes(task.ID) ?? true),
    )
  }

  #logs(query: URLSearchParams, response: ServerResponse): unknown {
    response.writeHead(200).flushHeaders()
    if (this.logTrouble !== undefined) return response.end(framed(3, `${this.logTrouble}\n`))
    const tail = Number(query.get('tail') ?? Number.POSITIVE_INFINITY)
    for (const task of new Set(this.#messages.map(each => each.task))) {
      const own = this.#messages.filter(each => each.task === task)
      for (const message of own.slice(Math.max(0, own.length - tail))) response.write(frame(message))
    }
    if (query.get('follow') !== 'true') return response.end()
    this.#followers.add(response)
    return response.on('close', () => this.#followers.delete(response))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = this.#followers.size
    await this.down()
    await rm(this.#directory, { recursive: true })
    if (left > 0) throw new Error(`${left} logs are still followed`)
  }
}

function node(name: string): SwarmNode {
  return {
    ID: name,
    Version: { Index: 1 },
    Spec: {},
    Description: { Hostname: name },
    Status: { State: 'ready' },
  }
}

function hasLabel({ Labels = {} }: ServiceSpec, wanted: string): boolean {
  return Object.entries(Labels).some(([key, value]) => wanted === key || wanted === `${key}=${value}`)
}

function frame({ task, stream, text, timestamp }: Message): Buffer {
  const details = `com.docker.swarm.node.id=n,com.docker.swarm.service.id=s,com.docker.swarm.task.id=${task}`
  return framed(stream === 'stdout' ? 1 : 2, `${timestamp} ${details} ${text}`)
}

function framed(type: number, text: string): Buffer {
  const payload = Buffer.from(text)
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}
