import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { ContainerSpec, ContainerSummary } from '../../src/engine/wire.ts'
import { FakeLog } from './fake-log.ts'

/** What a container's main process does. What it returns is its exit status; 0 when it returns none. */
export type Program = (self: Process) => Promise<unknown> | number

/** What a program has to do with the world. */
export interface Process {
  /** The container's log. */
  readonly log: FakeLog
  /** Resolves when everyone attached has taken it from the Engine's hands. */
  out(data: string | Uint8Array): Promise<void>
  err(data: string | Uint8Array): Promise<void>
  /** The Engine itself speaks, in the stream. */
  systemerr(words: string): Promise<void>
  /** Bytes as they are, not framed: half a frame, or no frame at all. */
  raw(bytes: Uint8Array): Promise<void>
  readonly stdin: AsyncIterable<Buffer>
  /** Once a client is attached. */
  attached(): Promise<void>
  /** The next signal but SIGKILL, which from the first call on no longer end the process. */
  signal(): Promise<string>
  /** Ends the process now; what the program still prints comes after. */
  exit(status: number): void
  /** The end of the streams, or a break, while the process goes on. */
  dropStreams(how?: 'end' | 'destroy'): void
  /** The kernel ends it for want of memory. */
  outOfMemory(): void
}

const numbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGUSR1: 10, SIGTERM: 15 }

/** Go's zero time. */
const never = '0001-01-01T00:00:00Z'

function timeText(milliseconds: number): string {
  return milliseconds === 0 ? never : new Date(milliseconds).toISOString()
}

/** One container of the fake Engine: its state, the clients attached to it, and the waits for its exit. */
export class FakeContainer {
  readonly id = randomBytes(32).toString('hex')
  readonly name: string
  readonly spec: ContainerSpec
  readonly log: FakeLog
  status: 'created' | 'running' | 'exited' = 'created'
  exitCode = 0
  oomKilled = false
  createdAt = Date.now()
  /** Milliseconds since 1970; 0 before. */
  startedAt = 0
  finishedAt = 0
  #killed = false
  readonly #program: Program
  readonly #attached = new Set<Duplex>()
  readonly #waiting = new Set<ServerResponse>()
  readonly #signals: string[] = []
  readonly #exited = Promise.withResolvers<void>()
  #catch: ((name: string) => void) | undefined
  #catches = false

  constructor(name: string, spec: ContainerSpec, program: Program) {
    this.name = name
    this.spec = spec
    this.log = new FakeLog(spec.Tty ?? false)
    this.#program = program
  }

  attach(socket: Duplex): void {
    this.#attached.add(socket)
    socket.on('close', () => this.#attached.delete(socket))
  }

  /** `next-exit` waits even for one that has exited; `not-running` is true of one that never ran. */
  wait(response: ServerResponse, condition: string): void {
    this.#waiting.add(response)
    response.on('close', () => this.#waiting.delete(response))
    if (condition === 'not-running' && this.status !== 'running') this.#answerWaits()
  }

  /** Runs the program; rejects with what it throws. */
  async start(): Promise<void> {
    this.status = 'running'
    this.startedAt = Date.now()
    const status = await this.#program(this.#process())
    this.end(typeof status === 'number' ? status : 0)
    this.log.end()
    this.#closeStreams('end')
  }

  /** Ends the process; the first end counts. The streams stay open until the program returns. */
  end(status: number): void {
    if (this.status !== 'running') return
    this.status = 'exited'
    this.exitCode = status
    this.finishedAt = Date.now()
    this.#exited.resolve()
    this.#answerWaits()
  }

  kill(name: string): void {
    if (name === 'SIGKILL' || !this.#catches) {
      this.#killed = true
      this.log.end()
      this.#closeStreams('end')
      this.end(128 + (numbers[name] ?? 0))
    } else if (this.#catch === undefined) {
      this.#signals.push(name)
    } else {
      this.#catch(name)
      this.#catch = undefined
    }
  }

  /** As the Engine: SIGTERM, and SIGKILL when it has not ended so many seconds later. */
  async stop(seconds: number): Promise<void> {
    this.kill('SIGTERM')
    if (seconds === 0) this.kill('SIGKILL')
    const timer = setTimeout(() => this.kill('SIGKILL'), seconds * 1000)
    await this.#exited.promise
    clearTimeout(timer)
  }

  /** The container is gone; waits are answered, even of one that never ran. */
  remove(): void {
    this.kill('SIGKILL')
    this.#closeStreams('end')
    this.#answerWaits()
  }

  get inspect() {
    const { id, name, spec, status, exitCode, oomKilled } = this
    const running = status === 'running'
    const times = { StartedAt: timeText(this.startedAt), FinishedAt: timeText(this.finishedAt) }
    const State = { Status: status, Running: running, OOMKilled: oomKilled, ExitCode: exitCode, ...times }
    return {
      Id: id,
      Name: `/${name}`,
      // The Engine gives the image's id.
      Image: spec.Image,
      State,
      HostConfig: spec.HostConfig,
      Config: { Image: spec.Image, Tty: spec.Tty, Labels: spec.Labels },
    }
  }

  /** As a list of containers has it. */
  get summary(): ContainerSummary {
    const { id, name, spec, status, exitCode } = this
    return {
      Id: id,
      Names: [`/${name}`],
      Image: spec.Image,
      ImageID: '',
      Command: '',
      Ports: [],
      Mounts: [],
      State: status,
      Status: { created: 'Created', running: 'Up 2 seconds', exited: `Exited (${exitCode}) 2 seconds ago` }[
        status
      ],
      Created: Math.floor(this.createdAt / 1000),
      Labels: spec.Labels ?? {},
    }
  }

  #answerWaits(): void {
    const answer = `${JSON.stringify({ Error: null, StatusCode: this.exitCode })}\n`
    for (const response of this.#waiting) response.end(answer)
    this.#waiting.clear()
  }

  // Reads on to its end whatever the client sends: a close with unread bytes is a reset.
  #closeStreams(how: 'end' | 'destroy'): void {
    for (const socket of this.#attached) how === 'end' ? socket.end().resume() : socket.destroy()
    this.#attached.clear()
  }

  #process(): Process {
    return {
      log: this.log,
      out: data => this.#print(1, data),
      err: data => this.#print(2, data),
      systemerr: words => this.#frame(3, Buffer.from(words)),
      raw: bytes => this.#write(bytes),
      stdin: this.#stdin(),
      attached: async () => {
        while (this.#attached.size === 0) await setImmediate()
      },
      signal: () => this.#nextSignal(),
      exit: status => this.end(status),
      dropStreams: (how = 'end') => this.#closeStreams(how),
      outOfMemory: () => {
        this.oomKilled = true
        this.kill('SIGKILL')
      },
    }
  }

  #print(type: 1 | 2, data: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(data)
    if (!this.#killed) this.log.print(type, bytes)
    return this.#frame(type, bytes)
  }

  #frame(type: number, payload: Buffer): Promise<void> {
    if (this.spec.Tty) return this.#write(payload)
    const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0])
    header.writeUInt32BE(payload.length, 4)
    return this.#write(Buffer.concat([header, payload]))
  }

  // A program that was killed prints nothing more, and does not go on.
  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#killed) return new Promise(() => undefined)
    if (this.#attached.size === 0) return setImmediate()
    const taken = [...this.#attached].map(
      socket => new Promise<void>(resolve => socket.write(bytes, () => resolve())),
    )
    await Promise.all(taken)
  }

  async *#stdin(): AsyncGenerator<Buffer, void, undefined> {
    for (const socket of this.#attached) yield* socket.iterator({ destroyOnReturn: false })
  }

  #nextSignal(): Promise<string> {
    this.#catches = true
    return new Promise(resolve => {
      const queued = this.#signals.shift()
      if (queued === undefined) this.#catch = resolve
      else resolve(queued)
    })
  }
}
