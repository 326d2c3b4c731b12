import type { Attachment } from '../../engine/streams/attach.ts'
import type { WaitResult } from '../../engine/wire.ts'
import type { Execution, ExecutionState, LogQuery, OutputSource } from '../execution.ts'
import { within } from '../retry.ts'
import type { RunContext } from '../run-context.ts'
import { attachAndWait } from './attach.ts'
import { hasTty } from './body.ts'
import { logWithTimestamps } from './log.ts'
import { removeContainer } from './remove.ts'
import { startContainer } from './start.ts'
import { containerState } from './state.ts'
import { followExit } from './wait.ts'

/** Milliseconds beyond the grace that a stop may take. */
const stopPatience = 10_000

/** A container that this run has created. */
export class CreatedContainer implements Execution {
  readonly id: string
  readonly #context: RunContext
  readonly #unconfirmed: boolean
  readonly #closing = new AbortController()
  #attachment: Attachment | undefined
  #exit: Promise<WaitResult> | undefined

  /** @param unconfirmed an answer to its creation was lost: there may be another with the same label. */
  constructor(context: RunContext, id: string, unconfirmed: boolean) {
    this.#context = context
    this.id = id
    this.#unconfirmed = unconfirmed
  }

  async open(): ReturnType<Execution['open']> {
    const { attachment, exit } = await attachAndWait(this.#context, this.id, this.#closing)
    this.#attachment = attachment
    this.#exit = exit
    const { output, write, closeInput } = attachment
    return { output, input: { write, end: closeInput } }
  }

  get tty(): boolean {
    return hasTty(this.#context.options)
  }

  async attach(signal: AbortSignal): Promise<OutputSource> {
    const { engine, grace } = this.#context
    const attach = () => engine.containers.attach(this.id, { tty: this.tty, signal })
    const { output, close } = await grace.untilAnswered(attach, { signal })
    return { read: () => output.read(), close }
  }

  log(query: LogQuery): Promise<OutputSource> {
    const { engine, grace } = this.#context
    const log = () => engine.containers.logs(this.id, { tty: this.tty, ...query })
    return grace.untilAnswered(log, { signal: query.signal })
  }

  stampedLog(query: LogQuery): Promise<AsyncIterable<Uint8Array>> {
    return logWithTimestamps(this.#context, this.id, query)
  }

  start(): Promise<void> {
    return startContainer(this.#context, this.id)
  }

  wait(): Promise<number> {
    return followExit(this.#context, this.id, this.#exit, this.#closing.signal)
  }

  state(signal?: AbortSignal): Promise<ExecutionState> {
    return containerState(this.#context, this.id, signal)
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
