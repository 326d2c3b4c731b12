import { isObject } from '../file/check.ts'
import { type Content, fromContent, type Headers } from '../file/content.ts'
import type { Exchange } from '../file/exchange.ts'
import {
  type ExchangeRecording,
  formatRecording,
  parseRecording,
  type RecordedEvent,
  RecordingError,
} from '../file/recording.ts'
import { linkEvents, unlink } from '../order/link.ts'
import type { Secrets } from '../secrets/secrets.ts'
import { normalize } from './normalize.ts'
import { settle } from './settle.ts'

/** How a recording's texts are to be written down. */
export interface Rewriting {
  /**
   * Make two recordings of one conversation alike: ids are numbered, dates are the first of January 2026, times and the
   * cuts of output are left out. Default false.
   */
  normalize?: boolean
  /** Texts to write in place of others, such as the name of a host. */
  replace?: Readonly<Record<string, string>>
  /** What else the first line is to say. */
  note?: Readonly<Record<string, unknown>>
}

/** Makes the recording of these events: secrets are hidden, texts replaced and normalized. */
export function compose(
  events: readonly RecordedEvent[],
  secrets: Secrets,
  options: Rewriting,
): ExchangeRecording {
  const { replace = {}, note = {} } = options
  const all = settle(linkEvents(events), options.normalize === true)
  secrets.hide(all)
  const exchanges = unlink(all)
  const text = formatRecording(decoded({ head: { recording: 2, ...note }, exchanges }))
  const replaced = Object.entries(replace)
    // The longest first: one text may be the beginning of another.
    .toSorted(([a], [b]) => b.length - a.length)
    .reduce(
      (changed, [from, to]) =>
        changed.replaceAll(from, () => to).replaceAll(encodeURIComponent(from), () => encodeURIComponent(to)),
      text,
    )
  const rewritten = parseRecording(options.normalize ? normalize(replaced) : replaced)
  if (!('exchanges' in rewritten))
    throw new RecordingError('a text to replace is part of the first line of the recording')
  const { head, exchanges: final } = encoded(rewritten)
  return { head, exchanges: final.map(withLengths).map(options.normalize ? withoutStatTime : same => same) }
}

/** Normalizes the time of a copied file, which stands in base64 in a header. */
function withoutStatTime(exchange: Exchange): Exchange {
  const said = exchange.said.map(each =>
    'answer' in each
      ? { ...each, headers: Object.fromEntries(Object.entries(each.headers).map(normalizedStat)) }
      : each,
  )
  return { ...exchange, said }
}

function normalizedStat([name, value]: [string, Headers[string]]): [string, Headers[string]] {
  if (!/^x-docker-container-path-stat$/i.test(name)) return [name, value]
  return [name, Buffer.from(normalize(Buffer.from(String(value), 'base64').toString())).toString('base64')]
}

// A text to rewrite may stand between bytes that are not UTF-8: as latin1, with a character for each byte, it is found.
function decoded(recording: ExchangeRecording): ExchangeRecording {
  return mapObjects(recording, ({ base64, ...rest }) =>
    typeof base64 === 'string'
      ? { ...rest, text: Buffer.from(base64, 'base64').toString('latin1'), bytes: true }
      : undefined,
  )
}

function encoded(recording: ExchangeRecording): ExchangeRecording {
  return mapObjects(recording, ({ text, bytes, ...rest }) =>
    bytes === true ? { ...rest, base64: Buffer.from(String(text), 'latin1').toString('base64') } : undefined,
  )
}

function mapObjects<T>(value: T, change: (object: Record<string, unknown>) => object | undefined): T {
  return JSON.parse(JSON.stringify(value), (_, inner) => (isObject(inner) ? (change(inner) ?? inner) : inner))
}

/** Sets each Content-Length to that of its body as it is now: the old one would show how long a secret was. */
function withLengths(exchange: Exchange): Exchange {
  return {
    ...exchange,
    headers: withLength(exchange.headers, exchange.body),
    said: exchange.said.map(said =>
      'answer' in said && said.length === undefined && said.body !== undefined
        ? { ...said, headers: withLength(said.headers, said.body) }
        : said,
    ),
  }
}

function withLength(headers: Headers, body: Content | undefined): Headers {
  if (body === undefined) return headers
  const length = String(fromContent(body).length)
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, /^content-length$/i.test(name) ? length : value]),
  )
}
