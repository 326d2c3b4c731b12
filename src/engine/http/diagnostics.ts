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
}

/** Channel `holdfast:engine:request`: a {@link RequestReport} for every request to an Engine. */
export const requests = channel('holdfast:engine:request')
