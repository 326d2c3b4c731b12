import { EngineError } from '../error.ts'

/** A name or an id as a segment of a path. `what` is what it names, as `a network`. */
export function segment(name: string, what: string): string {
  // Go's router removes dots and empty segments from a path: the request would be another operation.
  if (/^\.{0,2}$/.test(name))
    throw new EngineError('usage', `${JSON.stringify(name)} is not the name or id of ${what}`)
  return encodeURIComponent(name)
}
