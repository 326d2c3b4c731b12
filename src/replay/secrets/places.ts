import { fromText, toText } from '../bytes/text.ts'
import { type Content, fromContent, type Headers, toBody } from '../file/content.ts'
import type { Said } from '../file/exchange.ts'
import type { LinkedExchange } from '../order/step.ts'

/** Consecutive bytes of a recording, in one piece for each line that has some of them, and a way to replace them. */
export interface Place {
  /** `secret`: all of the bytes are one secret. */
  kind: 'target' | 'body' | 'file' | 'secret' | 'plain'
  pieces: readonly Buffer[]
  replace(pieces: readonly Buffer[]): void
}

/** The value of a header: its name says what may be in it. */
interface HeaderPlace {
  name: string
  value: string
  replace(value: string): void
}

type Key = 'body' | 'chunk' | 'received' | 'sent'

/** All places of an exchange, without its headers. */
export function* placesOf({ exchange, steps }: LinkedExchange): Generator<Place> {
  yield singlePiece('target', Buffer.from(exchange.request), bytes => {
    exchange.request = bytes.toString()
  })
  const said = steps.map(step => step.said)
  const isSecret = copiesSecrets(exchange.request)
  if (exchange.body !== undefined) yield* contentPlaces([exchange as { body: Content }], 'body', isSecret)
  for (const each of said) {
    if (!('answer' in each)) continue
    yield singlePiece('plain', Buffer.from(each.reason, 'latin1'), bytes => {
      each.reason = bytes.toString('latin1')
    })
    if (each.body !== undefined) yield* contentPlaces([each as { body: Content }], 'body', isSecret)
  }
  yield* contentPlaces(
    said.filter(each => 'chunk' in each),
    'chunk',
    isSecret,
  )
  yield* contentPlaces(
    said.filter(each => 'received' in each),
    'received',
  )
  yield* contentPlaces(
    said.filter((each): each is Said & { sent: Content } => 'sent' in each && each.sent !== 'end'),
    'sent',
  )
  const output = said.filter(each => 'output' in each)
  for (const [, own] of Map.groupBy(output, ({ output }) => output)) {
    yield {
      kind: 'plain',
      pieces: own.map(fromText),
      replace: pieces =>
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

function singlePiece(kind: Place['kind'], bytes: Buffer, replace: (bytes: Buffer) => void): Place {
  return { kind, pieces: [bytes], replace: ([only = bytes]) => replace(only) }
}

/** True for a copy into or out of the directory where a container has its secrets. */
function copiesSecrets(request: string): boolean {
  return /\/archive\?(?:\S*&)?path=(?:\/|%2F)run(?:\/|%2F)secrets\b/i.test(request)
}

/** Places of contents that follow one another, and of the files of those that are archives. */
function* contentPlaces<K extends Key>(
  holders: ReadonlyArray<Record<K, Content>>,
  key: K,
  isSecret = false,
): Generator<Place> {
  const archives = holders.flatMap(holder => ('archive' in holder[key] ? holder[key].archive : []))
  for (const entry of archives) {
    if (entry.type !== undefined) continue
    yield singlePiece(
      isSecret ? 'secret' : 'file',
      fromText(entry.base64 === undefined ? { text: entry.text ?? '' } : { base64: entry.base64 }),
      bytes => {
        Object.assign(entry, { text: undefined, base64: undefined }, toText(bytes))
      },
    )
  }
  const others = holders.filter(holder => !('archive' in holder[key]))
  if (others.length === 0) return
  yield {
    kind: isSecret ? 'secret' : key === 'body' || key === 'chunk' ? 'body' : 'plain',
    pieces: others.map(holder => fromContent(holder[key])),
    replace: pieces =>
      others.forEach((holder, index) => {
        holder[key] = toBody(pieces[index] ?? Buffer.alloc(0))
      }),
  }
}

/** The header values of an exchange. */
export function* headersOf({ exchange, steps }: LinkedExchange): Generator<HeaderPlace> {
  yield* valuesOf(exchange.headers)
  for (const { said } of steps) if ('answer' in said) yield* valuesOf(said.headers)
}

function* valuesOf(headers: Headers): Generator<HeaderPlace> {
  for (const [name, values] of Object.entries(headers)) {
    for (const [index, value] of [values].flat().entries()) {
      const replace = (changed: string) => {
        const current = headers[name]
        headers[name] = Array.isArray(current) ? current.with(index, changed) : changed
      }
      yield { name, value, replace }
    }
  }
}
