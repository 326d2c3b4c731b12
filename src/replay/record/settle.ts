import { FrameReader, streams } from '../bytes/frames.ts'
import { toText } from '../bytes/text.ts'
import { type Content, fromContent, toBody } from '../file/content.ts'
import { isChunked, isWhole, keepsConnection, type Said } from '../file/exchange.ts'
import type { Linked, Step } from '../order/linked.ts'
import { isOrdered } from '../order/target.ts'

/** Bytes of output on one line of a recording. */
const longestLine = 64 * 1024

/** Gives what was captured the form of a file: a line for each thing said, the order by what belongs together. */
export function settle(linked: readonly Linked[], normalize: boolean): Linked[] {
  for (const one of linked) {
    const { exchange } = one
    if (exchange.body !== undefined) exchange.body = readable(exchange.body)
    one.steps = framed(one).filter(step => !isIdleClose(step, one))
    if (normalize) {
      delete exchange.at
      for (const { said } of one.steps) delete said.at
      one.steps = joined(one)
    }
    one.steps = one.steps.map(step => ({ ...step, said: readableSaid(step.said) }))
  }
  return inOrder(linked)
}

function readable(content: Content): Content {
  return toBody(fromContent(content))
}

function readableSaid(said: Said): Said {
  if ('answer' in said)
    return said.body === undefined || said.length !== undefined
      ? said
      : { ...said, body: readable(said.body) }
  return 'chunk' in said && said.length === undefined ? { ...said, chunk: readable(said.chunk) } : said
}

// A connection that was idle and closed later: what a client does on it is played on any connection.
function isIdleClose({ said, causes }: Step, { exchange }: Linked): boolean {
  return 'closed' in said && causes.length > 0 && isWhole(exchange) && !keepsConnection(exchange)
}

/** Multiplexed output as its frames, wherever reads or chunks have cut it. */
function framed(one: Linked): Step[] {
  const content = (said: Said) =>
    'received' in said ? said.received : 'chunk' in said && said.length === undefined ? said.chunk : undefined
  const reader = new FrameReader()
  const steps: Step[] = []
  let any = false
  let causes: Step['causes'] = []
  for (const step of one.steps) {
    const { said } = step
    const bytes = content(said)
    if (bytes === undefined) {
      steps.push(step)
      continue
    }
    const frames = reader.push(fromContent(bytes))
    if (frames === undefined) return one.steps
    any ||= frames.length > 0
    causes = [...causes, ...step.causes]
    for (const { stream, bytes } of frames) {
      const at = said.at !== undefined && { at: said.at }
      steps.push({ line: step.line, said: { output: stream, ...toText(bytes), ...at }, causes })
      causes = []
    }
  }
  if (!any) return one.steps
  if (reader.rest.length > 0) insertRest(steps, reader.rest)
  return steps
}

/** Half of a frame is no output: it stands behind the last whole one, as it came. */
function insertRest(steps: Step[], rest: Buffer): void {
  const last = steps.findLastIndex(({ said }) => 'output' in said)
  const [line = 0] = steps.slice(last, last + 1).map(step => step.line)
  steps.splice(last + 1, 0, { line, said: { received: toText(rest) }, causes: [] })
}

/** Joins what a read, a chunk or the moment has cut: output of an attached container by stream, other bodies by their lines. */
function joined(one: Linked): Step[] {
  const groups: Step[][] = []
  for (const step of one.steps) {
    const last = groups.at(-1)
    const [before] = last ?? []
    const follows =
      before !== undefined && kindOf(before.said) === kindOf(step.said) && step.causes.length === 0
    if (follows && kindOf(step.said) !== undefined) last?.push(step)
    else groups.push([step])
  }
  return groups.flatMap(group => {
    const [head] = group
    const kind = head && kindOf(head.said)
    if (head === undefined || kind === undefined) return group
    const parts =
      kind === 'output'
        ? joinedOutput(group, isChunked(one.exchange))
        : kind === 'chunk'
          ? joinedChunks(group)
          : joinedRaw(group, kind)
    return parts.map((said, index) => ({ said, line: head.line, causes: index === 0 ? head.causes : [] }))
  })
}

type Kind = 'output' | 'chunk' | 'received' | 'sent'

function kindOf(said: Said): Kind | undefined {
  if ('output' in said) return 'output'
  if ('chunk' in said) return said.length === undefined ? 'chunk' : undefined
  if ('received' in said) return 'received'
  return 'sent' in said && said.sent !== 'end' ? 'sent' : undefined
}

function bytesOf(group: readonly Step[]): Buffer {
  return Buffer.concat(
    group.map(({ said }) => {
      if ('output' in said)
        return 'text' in said ? Buffer.from(said.text) : Buffer.from(said.base64, 'base64')
      if ('chunk' in said) return fromContent(said.chunk)
      if ('received' in said) return fromContent(said.received)
      return 'sent' in said && said.sent !== 'end' ? fromContent(said.sent) : Buffer.alloc(0)
    }),
  )
}

// Which stream's bytes come first is the moment's doing. A frame of a log is a message, and stays one.
function joinedOutput(group: readonly Step[], isLog: boolean): Said[] {
  return streams.flatMap(stream => {
    const own = group.filter(({ said }) => 'output' in said && said.output === stream)
    if (isLog) return own.map(({ said }) => said)
    return pieces(bytesOf(own)).map(piece => ({ output: stream, ...toText(piece) }))
  })
}

function joinedRaw(group: readonly Step[], kind: 'received' | 'sent'): Said[] {
  return pieces(bytesOf(group)).map(piece =>
    kind === 'received' ? { received: toText(piece) } : { sent: toText(piece) },
  )
}

/** A body that is JSON line by line is a chunk for each, any other one chunk. */
function joinedChunks(group: readonly Step[]): Said[] {
  const bytes = bytesOf(group)
  const lines = jsonLines(bytes)
  return (lines === undefined ? [bytes] : settledProgress(lines)).map(chunk => ({
    chunk: toBody(Buffer.from(chunk)),
  }))
}

function jsonLines(bytes: Buffer): string[] | undefined {
  if (bytes[0] !== '{'.charCodeAt(0)) return undefined
  const lines = bytes.toString().match(/[^\n]*\n|[^\n]+$/g) ?? []
  try {
    for (const line of lines) JSON.parse(line)
    return lines
  } catch {
    return undefined
  }
}

/** Progress of a pull: how often it is told, and which of two layers goes first, is the moment's doing. */
function settledProgress(lines: readonly string[]): string[] {
  const told = lines.map(line => ({ line, ...progressOf(line) }))
  const kept = told.filter(({ id, progress }) => id === undefined || !progress)
  const ids = [...new Set(kept.flatMap(({ id }) => id ?? []))]
  const settled: string[] = []
  for (let at = 0; at < kept.length; ) {
    const { id, line } = kept[at] ?? { line: '' }
    if (id === undefined) {
      settled.push(line)
      at++
      continue
    }
    const end = kept.findIndex((other, index) => index > at && other.id === undefined)
    const run = kept.slice(at, end === -1 ? undefined : end)
    for (const one of ids) settled.push(...run.filter(other => other.id === one).map(({ line }) => line))
    at += run.length
  }
  return settled
}

const passing = /^(Waiting|Download complete|Verifying Checksum|Downloading|Extracting)$/

function progressOf(line: string): { id?: string; progress: boolean } {
  const { id, status, progressDetail } = JSON.parse(line) as {
    id?: unknown
    status?: unknown
    progressDetail?: unknown
  }
  const measured =
    typeof progressDetail === 'object' && progressDetail !== null && Object.keys(progressDetail).length > 0
  const progress = measured || passing.test(String(status))
  return { ...(typeof id === 'string' && progressDetail !== undefined && { id }), progress }
}

/** Pieces of a length for a line, cut behind a line's end, else between two characters. */
function pieces(bytes: Buffer): Buffer[] {
  const cut: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    let end = Math.min(at + longestLine, bytes.length)
    if (end < bytes.length) {
      const line = bytes.lastIndexOf('\n', end - 1)
      if (line > at) end = line + 1
      else while (end > at + longestLine - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
    }
    cut.push(bytes.subarray(at, end))
    at = end
  }
  return cut
}

/**
 * What is about one container stands together. Requests between two that make it go on may have come in either order;
 * containers that were there at the same time may have, too: both are sorted by what they ask for.
 */
function inOrder(linked: readonly Linked[]): Linked[] {
  const threads = new Map<Linked | string, Linked[]>()
  for (const one of linked) {
    const key = one.container ?? one
    threads.set(key, [...(threads.get(key) ?? []), one])
  }
  const spans = [...threads.values()].map(thread => ({
    thread: inThread(thread),
    from: Math.min(...thread.map(({ line }) => line)),
    to: Math.max(...thread.map(({ line, steps }) => answerLine(steps) ?? line)),
  }))
  const clusters: Array<typeof spans> = []
  let end = -1
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    if (span.from > end) clusters.push([])
    clusters.at(-1)?.push(span)
    end = Math.max(end, span.to)
  }
  return clusters.flatMap(cluster => cluster.toSorted(byContent).flatMap(({ thread }) => thread))
}

function answerLine(steps: readonly Step[]): number | undefined {
  return steps.find(({ said }) => 'answer' in said)?.line
}

function byContent(
  { thread: [one] }: { thread: Linked[] },
  { thread: [other] }: { thread: Linked[] },
): number {
  return compare(one === undefined ? '' : contentOf(one), other === undefined ? '' : contentOf(other))
}

function contentOf({ exchange, target }: Linked): string {
  return `${target.method} ${target.path}?${target.query.join('&')} ${JSON.stringify(exchange.body)}`
}

function inThread(thread: readonly Linked[]): Linked[] {
  const settled: Linked[] = []
  let between: Linked[] = []
  const sorted = () => between.toSorted((one, other) => compare(contentOf(one), contentOf(other)))
  for (const one of thread) {
    if (!isOrdered(one.target)) between.push(one)
    else {
      settled.push(...sorted(), one)
      between = []
    }
  }
  return [...settled, ...sorted()]
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
