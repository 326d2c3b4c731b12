/** Text from an Engine or a registry, on one line and without control characters. */
export function printable(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' | ')
    .replace(/[\p{Cc}\p{Bidi_C}]/gu, character => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
