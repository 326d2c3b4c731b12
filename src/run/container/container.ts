import type { Attachment } from '../../engine/streams/attach.ts'
import type { WaitResult } from '../../engine/wire.ts'
import type { Execution, ExecutionState, Streams, Usage } from '../execution.ts'
import { within } from '../retry.ts'
import type { RunContext } from '../run-context.ts'
import { attachAndWait } from './attach.ts'
import { hasTty } from './body.ts'
import { endSeen, startRemembered } from './engine-memory.ts'
import { removeContainer } from './remove.ts'
import { startContainer } from './start.ts'
import { ContainerStreams } from './streams.ts'
import { containerUsage } from './usage.ts'
import { followExit } from './wait.ts'

/** Milliseconds beyond the grace that a stop may take. */
const stopPatience = 10_000

/** A container that this run has created. */
export class CreatedContainer extends ContainerStreams implements Execution {
  readonly #context: RunContext
  readonly #unconfirmed: boolean
  readonly #closing = new AbortController()
  #attachment: Attachment | undefined
  #exit: Promise<WaitResult> | undefined

  /** @param unconfirmed an answer to its creation was lost: there may be another with the same label. */
  constructor(context: RunContext, id: string, unconfirmed: boolean) {
    super(context, id, hasTty(context.options))
    this.#context = context
    this.#unconfirmed = unconfirmed
  }

  get about(): Execution['about'] {
    return { noun: 'container', inspectCommand: `docker ps -a --filter id=${this.id.slice(0, 12)}` }
  }

  get streams(): Streams {
    return this
  }

  async open(): ReturnType<Execution['open']> {
    const { attachment, exit } = await attachAndWait(this.#context, this.id, this.#closing)
    this.#attachment = attachment
    this.#exit = exit
    const { output, write, closeInput } = attachment
    return { output, input: { write, end: closeInput } }
  }

  start(): Promise<void> {
    return startContainer(this.#context, this.id)
  }

  wait(): Promise<number> {
    return followExit(this.#context, this.id, this.#exit, this.#closing.signal)
  }

  endSeen(end: Partial<ExecutionState> & { exitCode: number }, signal: AbortSignal): Promise<boolean> {
    return endSeen(this.#context, this.id, end, signal)
  }

  async startRemembered(signal: AbortSignal): Promise<boolean> {
    return startRemembered(this.#context, this.id, await this.state(signal), signal)
  }

  usage(signal: AbortSignal): Promise<AsyncIterable<Usage>> {
    return containerUsage(this.#context, this.id, signal)
  }

  signal(signalName: string): Promise<void> {
    return this.#context.engine.containers.kill(this.id, { signalName })
  }

  resize(size: { rows: number; columns: number }): Promise<void> {
    return this.#context.engine.containers.resize(this.id, size)
  }

  stop(milliseconds: number): Promise<void> {
    const grace = Math.ceil(milliseconds / 1000)
    return within(grace * 1000 + stopPatience, signal =>
      this.#context.engine.containers.stop(this.id, { grace, signal }),
    )
  }

  remove(): Promise<void> {
    return removeContainer(this.#context, this.id, this.#unconfirmed)
  }

  close(): void {
    this.#closing.abort(closed)
    this.#attachment?.close()
  }
}

/** Shared, because creating an Error captures a stack. */
const closed = new Error('the run is over')
