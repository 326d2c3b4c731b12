import { isObject } from './check.ts'
import { normalize } from './normalize.ts'
import { formatRecording, parseRecording, type RecordedEvent, type Recording } from './recording.ts'

/** How a recording's texts are to be written down. */
export interface Rewriting {
  /** Number ids and set dates alike, so that two recordings of one conversation differ in nothing else. Default false. */
  normalize?: boolean
  /** Texts to write in place of others, such as the name of a host. */
  replace?: Readonly<Record<string, string>>
  /** What else the first line is to say. */
  note?: Readonly<Record<string, unknown>>
}

/** The recording of these events, with the texts in it as its maker wants them. */
export function compose(events: readonly RecordedEvent[], options: Rewriting): Recording {
  const { replace = {}, note = {} } = options
  const head = { recording: 1 as const, ...note }
  const opened = events.map(event => eachContent(event, open))
  const text = formatRecording({ head, events: opened })
  const replaced = Object.entries(replace)
    // One may be the beginning of another.
    .toSorted(([one], [other]) => other.length - one.length)
    .reduce(
      (changed, [from, to]) =>
        changed.replaceAll(from, () => to).replaceAll(encodeURIComponent(from), () => encodeURIComponent(to)),
      text,
    )
  const rewritten = parseRecording(options.normalize ? normalize(replaced) : replaced)
  return { head: rewritten.head, events: rewritten.events.map(event => eachContent(event, close)) }
}

function eachContent(
  event: RecordedEvent,
  change: (content: Record<string, unknown>) => object,
): RecordedEvent {
  const fields = Object.entries(event).map(([name, value]) => [
    name,
    /^(body|chunk|received|sent)$/.test(name) && isObject(value) ? change(value) : value,
  ])
  return Object.fromEntries(fields)
}

// What is to be rewritten may stand between bytes that are no text. A character for each byte shows it.
function open(content: Record<string, unknown>): object {
  if (typeof content.base64 !== 'string' || 'json' in content) return content
  return { text: Buffer.from(content.base64, 'base64').toString('latin1'), bytes: true }
}

function close(content: Record<string, unknown>): object {
  const { text, bytes } = content
  return bytes === true ? { base64: Buffer.from(String(text), 'latin1').toString('base64') } : content
}
