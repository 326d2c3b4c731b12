import { isStatus } from '../../engine/error.ts'
import { timeOf } from '../engine-time.ts'
import type { ExecutionState, LogQuery, OutputSource, StampedLogQuery, Streams } from '../execution.ts'
import type { RunContext } from '../run-context.ts'
import { logWithTimestamps, unixTime } from './log.ts'
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

  log({ since, ...query }: LogQuery): Promise<OutputSource> {
    const { engine, grace } = this.#context
    const part = { ...query, ...(since === undefined ? {} : { since: unixTime(since) }) }
    const log = () => engine.containers.logs(this.id, { tty: this.tty, ...part })
    return grace.untilAnswered(log, { signal: query.signal })
  }

  stampedLog(query: StampedLogQuery): Promise<AsyncIterable<Uint8Array>> {
    return logWithTimestamps(this.#context, this.id, query)
  }

  async logTime(time: number, signal: AbortSignal): Promise<string> {
    const { engine, grace } = this.#context
    let asked = 0
    const info = () => {
      asked = Date.now()
      return engine.system.info({ signal })
    }
    // A proxy may forbid it: then both clocks count as the same.
    const { SystemTime } = await grace.untilAnswered(info, { signal }).catch(error => {
      if (!isStatus(error, 403)) throw error
      return { SystemTime: undefined }
    })
    const ahead = (timeOf(SystemTime) ?? asked) - asked
    return new Date(time + ahead).toISOString().slice(0, -1)
  }

  state(signal?: AbortSignal): Promise<ExecutionState> {
    return containerState(this.#context, this.id, signal)
  }
}
