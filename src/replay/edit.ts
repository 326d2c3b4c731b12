import { fromText, toText } from './bytes/text.ts'
import { isObject } from './file/check.ts'
import { bodyOf, type Exchange, type Said } from './file/exchange.ts'
import type { ExchangeRecording, Recording } from './file/recording.ts'
import { link, linkEvents, unlink } from './order/link.ts'
import type { LinkedExchange } from './order/step.ts'
import { titleOf } from './order/target.ts'
import { settle } from './record/settle.ts'

/** A recording that is changed for a test of a failure. Each change gives another one. */
export interface Edit {
  /** The recording as it is by now. */
  readonly recording: ExchangeRecording
  /**
   * The jobs exit with another status: in the answers to wait and to inspect. Where no inspect was recorded, one
   * is added, which may come or not.
   *
   * @param container the name or id that a job was asked for by. Default: all.
   */
  exit(status: number, container?: string): Edit
  /** The first such request, `POST /containers/create`, is refused. All that was recorded after it may come or not. */
  refuse(request: string, status: number, message: string): Edit
  /** An attached output ends after so many bytes of its streams, as when the Engine goes. What follows may come or not. */
  cutOutput(bytes: number): Edit
}

/**
 * Changes a recording without recording it again.
 *
 * @example
 * ```ts
 * import { edit, parseRecording, replay } from 'holdfast/replay'
 *
 * async function failing(text: string) {
 *   return replay(edit(parseRecording(text)).exit(3).recording)
 * }
 * ```
 */
export function edit(recording: Recording): Edit {
  const exchanges = unlink(
    'events' in recording ? settle(linkEvents(recording.events), false) : link(recording),
  )
  const head = { ...recording.head, recording: 2 as const }
  const changed = (exchanges: Exchange[]) => edit({ head, exchanges })
  return {
    recording: { head, exchanges },
    exit: (status, container) => changed(withExit(exchanges, status, container)),
    refuse: (request, status, message) => changed(refused(exchanges, request, status, message)),
    cutOutput: bytes => changed(cut(exchanges, bytes)),
  }
}

function linkCopy(exchanges: readonly Exchange[]): LinkedExchange[] {
  return link({ head: { recording: 2 }, exchanges: structuredClone([...exchanges]) })
}

function withExit(exchanges: readonly Exchange[], status: number, container: string | undefined): Exchange[] {
  const all = linkCopy(exchanges)
  const chosen = new Set(
    all
      .filter(
        linked => linked.container !== undefined && (container === undefined || asksFor(linked, container)),
      )
      .map(({ container }) => container),
  )
  const jobs = all.filter(({ container }) => chosen.has(container))
  for (const { exchange, target } of jobs) {
    for (const said of exchange.said) {
      eachJson(said, value => {
        if (/\/wait$/.test(target.path) && 'StatusCode' in value) value.StatusCode = status
        if (/\/json$/.test(target.path) && isObject(value.State)) value.State.ExitCode = status
      })
    }
  }
  const inspected = new Set(
    jobs.filter(({ target }) => /^GET .*\/json$/.test(titleOf(target))).map(({ container }) => container),
  )
  return all.flatMap(linked => {
    const isExit =
      chosen.has(linked.container) &&
      /^POST .*\/wait$/.test(titleOf(linked.target)) &&
      !inspected.has(linked.container)
    return isExit ? [linked.exchange, inspectOf(linked, status)] : [linked.exchange]
  })
}

function asksFor({ target, container }: LinkedExchange, name: string): boolean {
  return (
    container === name.slice(0, 12) || target.query.some(([key, value]) => key === 'name' && value === name)
  )
}

function inspectOf({ exchange, target }: LinkedExchange, status: number): Exchange {
  const path = exchange.request.replace(/^POST /, 'GET ').replace(/\/wait(\?.*)?$/, '/json')
  const date = '2026-01-01T00:00:00Z'
  const State = {
    Status: 'exited',
    Running: false,
    OOMKilled: false,
    ExitCode: status,
    Error: '',
    StartedAt: date,
    FinishedAt: date,
  }
  return {
    request: path,
    headers: {},
    optional: true,
    said: [
      {
        answer: 200,
        reason: 'OK',
        headers: { 'Content-Type': 'application/json', 'Content-Length': '0' },
        body: { json: { Id: target.path.split('/')[2], State, Config: {}, HostConfig: {} } },
      },
    ],
  }
}

function eachJson(said: Said, change: (value: Record<string, unknown>) => void): void {
  const content = bodyOf(said)
  if (content !== undefined && 'json' in content && isObject(content.json)) change(content.json)
}

function refused(
  exchanges: readonly Exchange[],
  request: string,
  status: number,
  message: string,
): Exchange[] {
  const all = linkCopy(exchanges)
  const at = all.findIndex(({ target }) => titleOf(target) === request)
  if (at === -1) throw new RangeError(`the recording has no ${request}`)
  return all.map(({ exchange }, index) => {
    if (index < at) return exchange
    if (index > at) return { ...exchange, optional: true }
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '0' }
    return {
      ...exchange,
      said: [{ answer: status, reason: 'Edited', headers, body: { json: { message }, end: '\n' } }],
    }
  })
}

function cut(exchanges: readonly Exchange[], bytes: number): Exchange[] {
  const all = linkCopy(exchanges)
  const at = all.findIndex(({ target }) => /\/attach$/.test(target.path))
  if (at === -1) throw new RangeError('the recording has no attached output')
  return all.map(({ exchange }, index) => {
    if (index < at) return exchange
    return index > at ? { ...exchange, optional: true } : { ...exchange, said: cutSaid(exchange.said, bytes) }
  })
}

function cutSaid(said: readonly Said[], bytes: number): Said[] {
  let left = bytes
  return said.flatMap((each): Said[] => {
    if (!('output' in each)) return [each]
    const { text: _, base64: __, ...rest } = { text: '', base64: '', ...each }
    const part = fromText(each).subarray(0, left)
    left -= part.length
    return part.length === 0 ? [] : [{ ...rest, ...toText(part) }]
  })
}
