/** What a request asks for, without what says nothing about it: the API version, the order of the query. */
export interface Target {
  method: string
  /** As `/containers/create`. */
  path: string
  query: ReadonlyArray<readonly [name: string, value: string]>
}

/** @param request as it is recorded, `POST /v1.41/containers/create?name=a`. */
export function targetOf(request: string): Target {
  const space = request.indexOf(' ')
  const method = request.slice(0, space)
  const target = request.slice(space + 1)
  const url = URL.parse(target.startsWith('/') ? `http://engine${target}` : target)
  if (url === null) return { method, path: target, query: [] }
  const path = url.pathname.replace(/^\/v\d+\.\d+(?=\/)/, '')
  return {
    method,
    path,
    query: [...url.searchParams].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)),
  }
}

/** A request as people write it, without its query. */
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

/** True for a request that makes a container go on: print, stop printing, exit. */
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
