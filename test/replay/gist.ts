import { isObject } from '../../src/replay/file/check.ts'
import { type Content, fromContent } from '../../src/replay/file/content.ts'
import { type Exchange, isChunked, type Said } from '../../src/replay/file/exchange.ts'
import type { Recording } from '../../src/replay/file/recording.ts'
import { link } from '../../src/replay/order/link.ts'
import { targetOf } from '../../src/replay/order/target.ts'
import { wireOf } from '../../src/replay/play/wire.ts'

/**
 * What matters of a recording, a line for each fact: which requests there were, their statuses and types, the shapes of
 * their JSON, the Engine's words, what a container printed. Chunks, times and the order of connections don't.
 */
export function gist(recording: Recording): string[] {
  const facts = link(recording).flatMap(({ exchange }) =>
    [...factsOf('request', fromContent(exchange.body)), ...answerOf(exchange)].map(
      fact => `${shapeOf(exchange.request)} ${fact}`,
    ),
  )
  return [...new Set(facts)].sort()
}

function shapeOf(request: string): string {
  const { method, path, query } = targetOf(request)
  const asked = query.map(([name, value]) => `${name}=${value}`).join('&')
  return `${method} ${path}${asked === '' ? '' : `?${asked}`}`
    .replace(/\b[0-9a-f]{64}\b/g, 'ID')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID')
}

function answerOf(exchange: Exchange): string[] {
  const { said } = exchange
  const answer = said.find(one => 'answer' in one)
  if (answer === undefined) return ['is not answered']
  const type = Object.entries(answer.headers).find(([name]) => /^content-type$/i.test(name))?.[1] ?? 'no type'
  const head = `is answered ${answer.answer} ${answer.reason}, ${type}`
  const framed = said
    .filter(one => 'output' in one)
    .map(one => Buffer.from(wireOf({ ...exchange, said: [] })(one), 'latin1'))
  const raw = bytesOf(said, one => ('received' in one ? one.received : undefined))
  const body = bytesOf(said, one => ('chunk' in one ? one.chunk : 'answer' in one ? one.body : undefined))
  const printedRaw = isChunked(exchange) ? raw : Buffer.concat([raw, ...framed])
  return [head, ...factsOf('answer', body), ...printed(printedRaw)]
}

function bytesOf(said: readonly Said[], content: (one: Said) => Content | undefined): Buffer {
  return Buffer.concat(said.map(one => fromContent(content(one))))
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

/** Podman inspects a container with it as long as its file system is mounted, which ends some time after a failed start. */
const passing = 'MergedDir'

/** The keys and types of JSON. */
function shape(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shape))].sort().join(' | ')}]`
  if (!isObject(value)) return value === null ? 'null' : typeof value
  const fields = Object.keys(value)
    .filter(key => key !== passing)
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
