const limit = 60

/** Quotes a text for a message: control characters are escaped, and it is cut at 60 characters. */
export function quote(text: string): string {
  const characters = Array.from(text.slice(0, 2 * limit + 1))
  const shown = characters.slice(0, limit).join('')
  const quoted = JSON.stringify(shown).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped)
  return shown.length < text.length ? `${quoted}…` : quoted
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
