import { readFileSync, writeFileSync } from 'node:fs'

/** Puts text between the marks `<!-- NAME -->` and `<!-- /NAME -->` of a page of docs. */
export function replaceSection(page: string, name: string, text: string): void {
  const file = new URL(`../../docs/${page}`, import.meta.url)
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const content = readFileSync(file, 'utf8')
  const [from, to] = [content.indexOf(open), content.indexOf(close)]
  if (from === -1 || to < from) throw new Error(`docs/${page} has no place for ${name}`)
  writeFileSync(file, `${content.slice(0, from + open.length)}\n\n${text}\n\n${content.slice(to)}`)
}
