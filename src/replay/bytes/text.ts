/** Bytes as text where they are UTF-8, else in base64. */
export type Text = { text: string } | { base64: string }

export function toText(bytes: Buffer): Text {
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? { text } : { base64: bytes.toString('base64') }
}

export function fromText(text: Text): Buffer {
  return 'text' in text ? Buffer.from(text.text) : Buffer.from(text.base64, 'base64')
}

/** The source of a regular expression that matches this text. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}
