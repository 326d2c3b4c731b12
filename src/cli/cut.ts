/** What stands before the first separator, and what follows it; `undefined` where there is none. */
export function cut(text: string, separator: string): [before: string, after: string | undefined] {
  const at = text.indexOf(separator)
  if (at === -1) return [text, undefined]
  return [text.slice(0, at), text.slice(at + separator.length)]
}
