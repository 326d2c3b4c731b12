import type { Execution, ExecutionState } from './execution.ts'
import { HoldfastError } from './failure.ts'
import { type EngineGrace, within } from './retry.ts'
import type { RunContext } from './run-context.ts'

/** Milliseconds that the Engine has to say what it remembers. */
export const memoryPatience = 5_000

/** The Engine gives it to a container whose end it has missed. */
export const unknownStatus = 255

/** Whether the execution ended while the Engine did not answer. */
export function endedAway({ finishedAt }: Partial<ExecutionState>, grace: EngineGrace): boolean {
  return finishedAt !== undefined && grace.wasAway(finishedAt)
}

/** The failure of an execution that ended so and whose status is not its own. */
export function statusLost(): HoldfastError {
  const message = 'the exit status of the container is lost: it ended while the Engine was away'
  return new HoldfastError('lost', message, {
    hint: 'Run the Engine with live-restore and a containerd of its own to keep it.',
  })
}

/** Looks whether the Engine was restarted under an execution, and reports that as a gap. */
export class RestartWatch {
  readonly #run: Pick<RunContext, 'grace' | 'emit'>
  readonly #execution: Execution
  /** How many absences of the Engine have been looked at. */
  #looked: number
  #isReported = false
  #latest: Promise<number | undefined> = Promise.resolve(undefined)

  constructor(run: Pick<RunContext, 'grace' | 'emit'>, execution: Execution) {
    this.#run = run
    this.#execution = execution
    this.#looked = run.grace.absences.length
  }

  /**
   * When it was first away, in milliseconds since 1970, if it was restarted since the last look; undefined otherwise. After
   * many events an Engine no longer shows it, so this is called at each resume, and at the end.
   */
  look(): Promise<number | undefined> {
    this.#latest = this.#latest.then(() => this.#look())
    return this.#latest
  }

  async #look(): Promise<number | undefined> {
    const { grace, emit } = this.#run
    const absence = grace.absences[this.#looked]
    if (absence === undefined) return undefined
    const { length } = grace.absences
    const remembered = (patience: AbortSignal) => this.#execution.startRemembered(patience)
    const isRemembered = await within(memoryPatience, remembered).catch(() => undefined)
    // Without an answer the next look asks again.
    if (isRemembered !== undefined) this.#looked = length
    if (isRemembered !== false) return undefined
    if (!this.#isReported) emit({ type: 'gap', reason: lostWithEngine })
    this.#isReported = true
    return absence.from
  }
}

const lostWithEngine =
  'the Engine was away, and does not remember the start of the container: if it was restarted, what it had read of the ' +
  'output and not yet logged is lost'
