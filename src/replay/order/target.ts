/** What a request asks for: without the API version and the order of the query, which do not matter. */
export interface Target {
  method: string
  /** As `/containers/create`. */
  path: string
  query: ReadonlyArray<readonly [name: string, value: string]>
}

/** @param request as it is recorded, `POST /v1.41/containers/create?name=a`. */
export function targetOf(request: string): Target {
  const [, method = '', path = '', query = ''] = parts.exec(encodeNonAscii(request)) ?? []
  return {
    method,
    path,
    query: [...new URLSearchParams(query)].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  }
}

/** A method, a path without the API version, and a query, of a target with or without the Engine's address. */
const parts = /^(\S*) ?(?:https?:\/\/[^/?]*)?(?:\/v\d+\.\d+(?=\/))?([^?]*)\??(.*)$/

/** Percent-encodes what is not ASCII, as clients do: a recording that was edited by hand may have it as text. */
export function encodeNonAscii(text: string): string {
  return text.replace(/[^ -~]+/g, letters => encodeURIComponent(letters.toWellFormed()))
}

/** A request without its query, as `POST /containers/create`. */
export function titleOf({ method, path }: Target): string {
  return `${method} ${path}`
}

/** The id or name of the container that a request is about. */
export function containerIn(path: string): string | undefined {
  const [, key] = /^\/containers\/([^/]+)/.exec(path) ?? []
  return key === undefined || /^(create|json|prune)$/.test(key) ? undefined : key
}

const changes =
  /^POST \/containers\/[^/]+\/(start|stop|kill|restart|pause|unpause)$|^DELETE \/containers\/[^/]+$/

/** True for a request after which a container does something new: prints, stops printing, exits. */
export function isChange(target: Target): boolean {
  return changes.test(titleOf(target))
}

/** True for a request that keeps its place among those about the same container. */
export function isOrdered(target: Target): boolean {
  return (
    isChange(target) ||
    /^(POST \/containers\/create|PUT \/containers\/[^/]+\/archive|POST \/containers\/[^/]+\/(rename|update))$/.test(
      titleOf(target),
    )
  )
}
