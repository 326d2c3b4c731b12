import { isObject } from '../../src/replay/check.ts'
import { type Exchange, exchangesOf, shapeOf } from '../../src/replay/match.ts'
import { fromContent, type RecordedEvent, type Recording } from '../../src/replay/recording.ts'

/**
 * What matters of a recording, a line for each fact: which requests there were, their statuses and types, the shapes of
 * their JSON, the Engine's words, what a container printed. Chunks, times and the order of connections don't.
 */
export function gist(recording: Recording): string[] {
  const facts = exchangesOf(recording.events).flatMap(exchange => {
    const body = recording.events[exchange.index]
    return [
      ...factsOf('request', body && 'request' in body ? fromContent(body.body) : Buffer.alloc(0)),
      ...answerOf(exchange),
    ].map(fact => `${shapeOf(exchange.request)} ${fact}`)
  })
  return [...new Set(facts)].sort()
}

function answerOf({ steps }: Exchange): string[] {
  const events = steps.map(({ event }) => event)
  const answer = events.find(event => 'answer' in event)
  if (answer === undefined) return ['is not answered']
  const type = Object.entries(answer.headers).find(([name]) => /^content-type$/i.test(name))?.[1] ?? 'no type'
  const head = `is answered ${answer.answer} ${answer.reason}, ${type}`
  const raw = bytesOf(events, event => ('received' in event ? event.received : undefined))
  const body = bytesOf(events, event =>
    'chunk' in event ? event.chunk : 'answer' in event ? event.body : undefined,
  )
  return [head, ...factsOf('answer', body), ...printed(raw)]
}

function bytesOf(
  events: readonly RecordedEvent[],
  content: (event: RecordedEvent) => Parameters<typeof fromContent>[0],
): Buffer {
  return Buffer.concat(events.map(event => fromContent(content(event))))
}

/** Facts of a body: of JSON, or lines of it, the shape and the words. */
function factsOf(whose: string, bytes: Buffer): string[] {
  const text = bytes.toString()
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return lines.flatMap(line => {
    try {
      const value: unknown = JSON.parse(line)
      return [`${whose} has ${shape(value)}`, ...words(value).map(word => `${whose} says ${word}`)]
    } catch {
      return [`${whose} says ${line.trim()}`]
    }
  })
}

/** The keys and types of JSON. */
function shape(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shape))].sort().join(' | ')}]`
  if (!isObject(value)) return value === null ? 'null' : typeof value
  const fields = Object.keys(value)
    .sort()
    .map(key => `${key.replace(/\b[0-9a-f]{12,64}\b/g, 'ID')}: ${shape(value[key])}`)
  return `{${fields.join(', ')}}`
}

function words(value: unknown): string[] {
  if (!isObject(value)) return []
  return ['message', 'status', 'error'].flatMap(key => {
    const word = value[key]
    return typeof word === 'string' ? [`${key}: ${settled(word)}`] : []
  })
}

// Ports that a connection happened to have, ids that were numbered as they appeared.
function settled(text: string): string {
  return text.replace(/127\.0\.0\.1:\d+-(?:>|\\+u003e)/g, '…->').replace(/\b1d[0-9a-f]{10}(0{52})?\b/g, 'ID')
}

/** What came over a raw connection, a fact for each of a container's streams. */
function printed(bytes: Buffer): string[] {
  if (bytes.length === 0) return []
  if (bytes.length < 8 || (bytes[0] ?? 9) > 2 || bytes.readUIntBE(1, 3) !== 0)
    return [`prints ${JSON.stringify(bytes.toString())}`]
  const streams = ['', '', '']
  for (let at = 0; at + 8 <= bytes.length; at += 8 + bytes.readUInt32BE(at + 4)) {
    const stream = bytes[at] ?? 0
    streams[stream] += bytes.toString('utf8', at + 8, at + 8 + bytes.readUInt32BE(at + 4))
  }
  return streams.flatMap((text, stream) =>
    text === '' ? [] : [`prints ${JSON.stringify(text)} on ${stream}`],
  )
}
