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
  readonly #followSkips: boolean
  #output: OutputSource | undefined

  constructor(
    context: RunContext,
    id: string,
    { tty, finished, followSkips }: { tty: boolean; finished: boolean; followSkips: boolean },
  ) {
    super(context, id, false)
    this.#followSkips = followSkips && !tty
    this.#context = context
    this.#tty = tty
    this.#finished = finished
  }

  override async open(): ReturnType<Execution['open']> {
    const { engine, grace, signal, emit } = this.#context
    // What is rotated is read by its messages; here is seen whether it can be.
    const part = this.#followSkips ? { tail: 0 } : { follow: true }
    const log = () => engine.containers.logs(this.id, { tty: this.#tty, ...part, signal })
    let followSkips = this.#followSkips
    const output = await grace.untilAnswered(log, { signal }).catch(error => {
      if (!(error instanceof EngineError) || error.code !== 'status' || isUnanswered(error)) throw error
      emit({
        type: 'gap',
        reason: `what the container has printed by now can't be read: ${toFailure(error).message}`,
      })
      followSkips = false
      return this.#finished ? nothing : this.#attach()
    })
    this.#output = output
    return { output, input: { write: refuse, end() {} }, followSkips }
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
