import type { RecordedEvent } from './recording.ts'

/** A request and all that the Engine did because of it. */
export interface Exchange {
  /** As it was recorded, `POST /v1.41/containers/create?name=a`. */
  request: string
  /** What a request must be like to be this one. */
  shape: string
  /** The request's place among all events. */
  index: number
  steps: Step[]
  played: boolean
}

/** Something that happened after the request on the same connection. */
export interface Step {
  index: number
  event: RecordedEvent
}

/** The conversation as exchanges, in the order in which their requests were made. */
export function exchangesOf(events: readonly RecordedEvent[]): Exchange[] {
  const exchanges: Exchange[] = []
  const open = new Map<number, Exchange>()
  events.forEach((event, index) => {
    if ('request' in event) {
      const exchange = {
        request: event.request,
        shape: shapeOf(event.request),
        index,
        steps: [],
        played: false,
      }
      exchanges.push(exchange)
      open.set(event.conn, exchange)
    } else {
      open.get(event.conn)?.steps.push({ index, event })
    }
  })
  return exchanges
}

/** True where the connection belongs to this exchange until it ends: after an upgrade, and with a body without an end of its own. */
export function keepsConnection({ request, steps }: Exchange): boolean {
  return steps.some(({ event }) => {
    if (!('answer' in event) || event.answer < 200) return 'answer' in event && event.answer === 101
    if (request.startsWith('HEAD ') || event.answer === 204 || event.answer === 304) return false
    return !Object.keys(event.headers).some(name => /^(content-length|transfer-encoding)$/i.test(name))
  })
}

/** True where the answer was whole, so that its connection could have carried another. */
export function isWhole({ request, steps }: Exchange): boolean {
  const bodiless = request.startsWith('HEAD ')
  return steps.some(({ event }) => {
    if ('chunks' in event) return true
    if (!('answer' in event) || event.answer < 200) return false
    const chunked = Object.keys(event.headers).some(name => /^transfer-encoding$/i.test(name))
    return (
      event.length === undefined && (!chunked || bodiless || event.answer === 204 || event.answer === 304)
    )
  })
}

const varying: ReadonlyArray<[pattern: RegExp, shape: string]> = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, 'UUID'],
  [/\b[0-9a-f]{64}\b/g, 'ID'],
  [/\b(?=[0-9]*[a-f])[0-9a-f]{12}\b/g, 'ID'],
  [/\b\d{10}(\.\d{1,9})?\b/g, 'TIME'],
  [/\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, 'TIME'],
]

/** A request without what differs from run to run: the API version, ids, times, the order of the query. */
export function shapeOf(request: string): string {
  const space = request.indexOf(' ')
  const method = request.slice(0, space)
  const target = request.slice(space + 1)
  const url = URL.parse(target.startsWith('/') ? `http://engine${target}` : target)
  if (url === null) return request
  const path = url.pathname.replace(/^\/v\d+\.\d+(?=\/)/, '')
  const query = [...url.searchParams].map(([key, value]) => `${key}=${value}`).sort()
  const text = `${method} ${path}${query.length === 0 ? '' : `?${query.join('&')}`}`
  return varying.reduce((shape, [pattern, name]) => shape.replace(pattern, name), text)
}
