import type { Exchange, Said } from '../file/exchange.ts'
import type { Target } from './target.ts'

/** An exchange with its place in the file, and what each utterance has to wait for. */
export interface LinkedExchange {
  exchange: Exchange
  target: Target
  /** The line of its request. */
  line: number
  steps: Step[]
  /** The container that it is about: twelve digits of its id, or the name that it was asked for by. */
  container?: string
}

/** An utterance, its line in the file, and what it has to wait for. */
export interface Step {
  said: Said
  line: number
  causes: readonly Cause[]
}

/** What comes before an utterance: a request, or the end of what was said because of it. */
export interface Cause {
  on: LinkedExchange
  what: 'request' | 'end'
}
