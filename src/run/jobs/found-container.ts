import { EngineError } from '../../engine/error.ts'
import { CreatedContainer } from '../container/container.ts'
import type { Execution, OutputSource } from '../execution.ts'
import { toFailure } from '../failure.ts'
import { isUnanswered } from '../retry.ts'
import type { RunContext } from '../run-context.ts'

/** A container that another run has started: its output is its log, from the start on. Its stdin is not connected. */
export class FoundContainer extends CreatedContainer {
  readonly #context: RunContext
  readonly #tty: boolean
  readonly #finished: boolean
  #output: OutputSource | undefined

  constructor(context: RunContext, id: string, { tty, finished }: { tty: boolean; finished: boolean }) {
    super(context, id, false)
    this.#context = context
    this.#tty = tty
    this.#finished = finished
  }

  override async open(): ReturnType<Execution['open']> {
    const { engine, grace, signal, emit } = this.#context
    const log = () => engine.containers.logs(this.id, { tty: this.#tty, follow: true, signal })
    const output = await grace.untilAnswered(log, { signal }).catch(error => {
      if (!(error instanceof EngineError) || error.code !== 'status' || isUnanswered(error)) throw error
      emit({
        type: 'gap',
        reason: `what the container has printed by now can't be read: ${toFailure(error).message}`,
      })
      return this.#finished ? nothing : this.#attach()
    })
    this.#output = output
    return { output, input: { write: refuse, end() {} } }
  }

  // A log driver that can't be read from leaves only what is printed from now on.
  async #attach(): Promise<OutputSource> {
    const { engine, grace, signal } = this.#context
    const attach = () => engine.containers.attach(this.id, { tty: this.#tty, signal })
    return (await grace.untilAnswered(attach, { signal })).output
  }

  override async start(): Promise<void> {}

  override close(): void {
    super.close()
    this.#output?.close()
  }
}

const nothing: OutputSource = { read: async () => undefined, close() {} }

async function refuse(): Promise<void> {
  throw new Error("the container's stdin belongs to the run that created it")
}
