import type { Exchange, Said } from '../file/exchange.ts'
import type { Target } from './target.ts'

/** An exchange with its place in the file, and what each utterance has to wait for. */
export interface Linked {
  exchange: Exchange
  target: Target
  /** The line of its request. */
  line: number
  steps: Step[]
  /** The container that it is about: twelve digits of its id, or the name that it was asked for by. */
  container?: string
}

export interface Step {
  said: Said
  line: number
  causes: readonly Cause[]
}

/** What comes before an utterance: a request, or the end of what was said because of it. */
export interface Cause {
  on: Linked
  what: 'request' | 'end'
}
