import { type ArchiveEntry, readArchive, writeArchive } from '../bytes/archive.ts'
import type { Header } from '../bytes/http-parser.ts'

/** Bytes in a form that can be read and edited: JSON, text, the entries of a tar archive, else base64. */
export type Content =
  | { json: unknown; end?: string }
  | { text: string }
  | { archive: ArchiveEntry[] }
  | { base64: string }

/** Headers in the order and spelling of the wire; one that came more than once has a list. */
export type Headers = { [name: string]: string | string[] }

/** Bytes in their most readable form that gives the same bytes back. */
export function toContent(bytes: Buffer): Content {
  const text = bytes.toString('utf8')
  if (!Buffer.from(text, 'utf8').equals(bytes)) return { base64: bytes.toString('base64') }
  const trimmed = text.trimEnd()
  const json = exactJson(trimmed)
  if (json === undefined) return { text }
  return trimmed === text ? { json } : { json, end: text.slice(trimmed.length) }
}

/** As {@link toContent}, but a tar archive becomes its entries: these give the same files back, not the same bytes. */
export function toBody(bytes: Buffer): Content {
  const archive = readArchive(bytes)
  return archive === undefined ? toContent(bytes) : { archive }
}

// Go escapes <, > and &, and numbers may not survive; such JSON stays text.
function exactJson(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

export function fromContent(content: Content | undefined): Buffer {
  if (content === undefined) return Buffer.alloc(0)
  if ('json' in content) return Buffer.from(JSON.stringify(content.json) + (content.end ?? ''))
  if ('archive' in content) return writeArchive(content.archive)
  return 'text' in content ? Buffer.from(content.text) : Buffer.from(content.base64, 'base64')
}

export function toHeaders(list: readonly Header[]): Headers {
  const headers: Headers = {}
  for (const [name, value] of list) {
    const before = headers[name]
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  return headers
}

export function fromHeaders(headers: Headers): Header[] {
  const list: Header[] = []
  for (const [name, values] of Object.entries(headers)) {
    if (Array.isArray(values)) for (const value of values) list.push([name, value])
    else list.push([name, values])
  }
  return list
}
