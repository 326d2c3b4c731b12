import type { ExecutionState, LogQuery, OutputSource, StampedLogQuery, Streams } from '../execution.ts'
import type { RunContext } from '../run-context.ts'
import { logWithTimestamps } from './log.ts'
import { containerState } from './state.ts'

/** The output of a container, which can be connected to again and again. */
export class ContainerStreams implements Streams {
  readonly id: string
  readonly tty: boolean
  readonly #context: Pick<RunContext, 'engine' | 'grace'>

  constructor(context: Pick<RunContext, 'engine' | 'grace'>, id: string, tty: boolean) {
    this.#context = context
    this.id = id
    this.tty = tty
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

  stampedLog(query: StampedLogQuery): Promise<AsyncIterable<Uint8Array>> {
    return logWithTimestamps(this.#context, this.id, query)
  }

  state(signal?: AbortSignal): Promise<ExecutionState> {
    return containerState(this.#context, this.id, signal)
  }
}
