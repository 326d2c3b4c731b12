import type { Engine } from '../engine/engine.ts'
import type { Lifetime } from './lifetime.ts'
import type { RunOptions } from './options.ts'
import type { OutcomeBuilder } from './outcome-builder.ts'
import type { Output } from './output/output.ts'

/** What the steps of one run share. */
export interface Run {
  engine: Engine
  options: RunOptions
  record: OutcomeBuilder
  output: Output
  life: Lifetime
}
