import { FrameReader } from '../bytes/frames.ts'
import { toText } from '../bytes/text.ts'
import { type Content, fromContent, toBody } from '../file/content.ts'
import { isWhole, keepsConnection, type Said } from '../file/exchange.ts'
import type { LinkedExchange, Step } from '../order/step.ts'
import { inOrder } from './in-order.ts'
import { joined } from './joined.ts'

/** Brings captured exchanges into the form of a file: a line for each frame, chunk or head, and exchanges of one container together. */
export function settle(all: readonly LinkedExchange[], normalize: boolean): LinkedExchange[] {
  for (const linked of all) {
    const { exchange } = linked
    if (exchange.body !== undefined) exchange.body = readable(exchange.body)
    linked.steps = framed(linked).filter(step => !isIdleClose(step, linked))
    if (normalize) {
      delete exchange.at
      for (const { said } of linked.steps) delete said.at
      linked.steps = joined(linked)
    }
    linked.steps = linked.steps.map(step => ({ ...step, said: readableSaid(step.said) }))
  }
  return inOrder(all)
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

// True for the end of a connection that was idle: a replay plays requests on any connection.
function isIdleClose({ said, causes }: Step, { exchange }: LinkedExchange): boolean {
  return 'closed' in said && causes.length > 0 && isWhole(exchange) && !keepsConnection(exchange)
}

/** Parses multiplexed output into its frames, wherever reads or chunks have cut it. */
function framed(linked: LinkedExchange): Step[] {
  const content = (said: Said) =>
    'received' in said ? said.received : 'chunk' in said && said.length === undefined ? said.chunk : undefined
  const reader = new FrameReader()
  const steps: Step[] = []
  let hasFrames = false
  let causes: Step['causes'] = []
  for (const step of linked.steps) {
    const { said } = step
    const bytes = content(said)
    if (bytes === undefined) {
      steps.push(step)
      continue
    }
    const frames = reader.push(fromContent(bytes))
    if (frames === undefined) return linked.steps
    hasFrames ||= frames.length > 0
    causes = [...causes, ...step.causes]
    for (const { stream, bytes } of frames) {
      const at = said.at !== undefined && { at: said.at }
      steps.push({ line: step.line, said: { output: stream, ...toText(bytes), ...at }, causes })
      causes = []
    }
  }
  if (!hasFrames) return linked.steps
  if (reader.rest.length > 0) insertRest(steps, reader.rest)
  return steps
}

/** Keeps a frame that was cut short as raw bytes, after the last whole one. */
function insertRest(steps: Step[], rest: Buffer): void {
  const last = steps.findLastIndex(({ said }) => 'output' in said)
  const [line = 0] = steps.slice(last, last + 1).map(step => step.line)
  steps.splice(last + 1, 0, { line, said: { received: toText(rest) }, causes: [] })
}
