import type { HoldfastError } from './failure.ts'
import type { OutcomeBuilder } from './outcome-builder.ts'
import type { Output } from './output/output.ts'
import type { RunContext } from './run-context.ts'

/** One run: what its steps share, what its outcome will say, and where its output goes. */
export interface Run extends RunContext {
  readonly record: OutcomeBuilder
  readonly output: Output
  /** Ends the run with that failure, as a cancellation does. */
  end(failure: HoldfastError): void
}
