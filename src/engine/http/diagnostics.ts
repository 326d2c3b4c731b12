import { channel } from 'node:diagnostics_channel'

/** What is published of one request, once its answer's headers are in or it has failed. */
export interface RequestReport {
  method: string
  /** With the version and the query; the user of a URL in it is starred out. */
  path: string
  /** The Engine's address. */
  engine: string
  /** Whether the request carried credentials for a registry. */
  registryAuth: 'present' | 'absent'
  /** Missing when no answer came. */
  status?: number
  /** Code of the error when no answer came. */
  error?: string
  /** Milliseconds until the headers were in. */
  ms: number
}

/** Channel `holdfast:engine:request`: a {@link RequestReport} for every request to an Engine. */
export const requests = channel('holdfast:engine:request')
