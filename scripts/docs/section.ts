import { readFileSync, writeFileSync } from 'node:fs'

/** Puts text between the marks `<!-- NAME -->` and `<!-- /NAME -->` of a page of docs. */
export function replaceSection(page: string, name: string, text: string): void {
  const file = new URL(`../../docs/${page}`, import.meta.url)
  writeFileSync(file, withSection(readFileSync(file, 'utf8'), name, text))
}

/** A page with that text between the marks. */
export function withSection(page: string, name: string, text: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [page.indexOf(open), page.indexOf(close)]
  if (from === -1 || to < from) throw new Error(`the page has no place for ${name}`)
  return `${page.slice(0, from + open.length)}\n\n${text}\n\n${page.slice(to)}`
}
