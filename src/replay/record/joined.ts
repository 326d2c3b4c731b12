import { streams } from '../bytes/frames.ts'
import { fromText, toText } from '../bytes/text.ts'
import { fromContent, toBody } from '../file/content.ts'
import { isChunked, type Said } from '../file/exchange.ts'
import type { LinkedExchange, Step } from '../order/step.ts'
import { jsonLines, settledProgress } from './progress.ts'

/** Bytes of output on one line of a recording. */
const longestLine = 64 * 1024

/** Joins what reads and chunks have cut at random: the output of a container by stream, other bodies by their lines. */
export function joined(linked: LinkedExchange): Step[] {
  const groups: Step[][] = []
  for (const step of linked.steps) {
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
        ? joinedOutput(group, isChunked(linked.exchange))
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
      if ('output' in said) return fromText(said)
      if ('chunk' in said) return fromContent(said.chunk)
      if ('received' in said) return fromContent(said.received)
      return 'sent' in said && said.sent !== 'end' ? fromContent(said.sent) : Buffer.alloc(0)
    }),
  )
}

// The order of the two streams differs from run to run. A frame of a log is a message, and stays one.
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

/** Makes a chunk of each line of a body that is JSON lines, and one chunk of any other body. */
function joinedChunks(group: readonly Step[]): Said[] {
  const bytes = bytesOf(group)
  const lines = jsonLines(bytes)
  return (lines === undefined ? [bytes] : settledProgress(lines)).map(chunk => ({
    chunk: toBody(Buffer.from(chunk)),
  }))
}

/** Cuts bytes into pieces of at most {@link longestLine}: after a newline if there is one, else between two characters. */
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
