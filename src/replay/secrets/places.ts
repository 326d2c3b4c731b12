import { fromText, toText } from '../bytes/text.ts'
import { type Content, fromContent, type Headers, toBody } from '../file/content.ts'
import type { Said } from '../file/exchange.ts'
import type { Linked } from '../order/step.ts'

/** Bytes of a recording that stand in a row, in as many pieces as lines have them, and a way to write others. */
export interface Place {
  /** `secret`: all of it is one. */
  kind: 'target' | 'body' | 'file' | 'secret' | 'plain'
  pieces: readonly Buffer[]
  put(pieces: readonly Buffer[]): void
}

/** Header values have a place of their own: what may be in them is known by their names. */
export interface HeaderPlace {
  name: string
  value: string
  put(value: string): void
}

type Key = 'body' | 'chunk' | 'received' | 'sent'

/** All that an exchange says, but for its headers. */
export function* placesOf({ exchange, steps }: Linked): Generator<Place> {
  yield one('target', Buffer.from(exchange.request), bytes => {
    exchange.request = bytes.toString()
  })
  const said = steps.map(step => step.said)
  const secret = isAboutSecrets(exchange.request)
  if (exchange.body !== undefined) yield* contents([exchange as { body: Content }], 'body', secret)
  for (const each of said) {
    if (!('answer' in each)) continue
    yield one('plain', Buffer.from(each.reason, 'latin1'), bytes => {
      each.reason = bytes.toString('latin1')
    })
    if (each.body !== undefined) yield* contents([each as { body: Content }], 'body', secret)
  }
  yield* contents(
    said.filter(each => 'chunk' in each),
    'chunk',
    secret,
  )
  yield* contents(
    said.filter(each => 'received' in each),
    'received',
  )
  yield* contents(
    said.filter((each): each is Said & { sent: Content } => 'sent' in each && each.sent !== 'end'),
    'sent',
  )
  const output = said.filter(each => 'output' in each)
  for (const [, own] of Map.groupBy(output, ({ output }) => output)) {
    yield {
      kind: 'plain',
      pieces: own.map(fromText),
      put: pieces =>
        own.forEach((each, index) => {
          const { text, base64 } = {
            text: undefined,
            base64: undefined,
            ...toText(pieces[index] ?? Buffer.alloc(0)),
          }
          Object.assign(each, { text, base64 })
        }),
    }
  }
}

function one(kind: Place['kind'], bytes: Buffer, put: (bytes: Buffer) => void): Place {
  return { kind, pieces: [bytes], put: ([only = bytes]) => put(only) }
}

/** True for an archive into or out of the directory where a container has its secrets. */
function isAboutSecrets(request: string): boolean {
  return /\/archive\?(?:\S*&)?path=(?:\/|%2F)run(?:\/|%2F)secrets\b/i.test(request)
}

/** Contents that follow one another, and the files of those that are archives. */
function* contents<K extends Key>(
  holders: ReadonlyArray<Record<K, Content>>,
  key: K,
  secret = false,
): Generator<Place> {
  const archives = holders.flatMap(holder => ('archive' in holder[key] ? holder[key].archive : []))
  for (const entry of archives) {
    if (entry.type !== undefined) continue
    yield one(
      secret ? 'secret' : 'file',
      fromText(entry.base64 === undefined ? { text: entry.text ?? '' } : { base64: entry.base64 }),
      bytes => {
        Object.assign(entry, { text: undefined, base64: undefined }, toText(bytes))
      },
    )
  }
  const others = holders.filter(holder => !('archive' in holder[key]))
  if (others.length === 0) return
  yield {
    kind: secret ? 'secret' : key === 'body' || key === 'chunk' ? 'body' : 'plain',
    pieces: others.map(holder => fromContent(holder[key])),
    put: pieces =>
      others.forEach((holder, index) => {
        holder[key] = toBody(pieces[index] ?? Buffer.alloc(0))
      }),
  }
}

/** The header values of an exchange. */
export function* headersOf({ exchange, steps }: Linked): Generator<HeaderPlace> {
  yield* valuesOf(exchange.headers)
  for (const { said } of steps) if ('answer' in said) yield* valuesOf(said.headers)
}

function* valuesOf(headers: Headers): Generator<HeaderPlace> {
  for (const [name, values] of Object.entries(headers)) {
    for (const [index, value] of [values].flat().entries()) {
      const put = (changed: string) => {
        const current = headers[name]
        headers[name] = Array.isArray(current) ? current.with(index, changed) : changed
      }
      yield { name, value, put }
    }
  }
}
