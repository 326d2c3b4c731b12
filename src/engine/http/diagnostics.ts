import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'

/** Published of each request once its response's headers have arrived or it has failed. */
export interface RequestReport {
  /** As `POST`. */
  method: string
  /** With the version and the query; the user of a URL in it is masked. */
  path: string
  /** The Engine's address. */
  engine: string
  /** Whether the request carried credentials for a registry. */
  registryAuth: 'present' | 'absent'
  /** Absent without a response. */
  status?: number
  /** The error's code without a response. */
  error?: string
  /** Milliseconds until the headers had arrived. */
  ms: number
  /** The id of the run or pull that it is part of; absent for a request of a program's own. */
  run?: string
}

/** Channel `holdfast:engine:request`: a {@link RequestReport} for every request to an Engine. */
export const requests = channel('holdfast:engine:request')

const origin = new AsyncLocalStorage<string>()

/** Does work whose requests are reported as part of that run. It costs nothing where none is reported. */
export function partOf<T>(run: string, work: () => T): T {
  return requests.hasSubscribers ? origin.run(run, work) : work()
}

/** The run that the caller's work is part of. */
export function currentRun(): string | undefined {
  return origin.getStore()
}
