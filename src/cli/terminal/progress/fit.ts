/** The characters that bars are made of, one column wide each. */
export interface Glyphs {
  full: string
  empty: string
  /** Replaces what was cut. */
  cut: string
}

export const unicode: Glyphs = { full: '█', empty: '░', cut: '…' }
export const ascii: Glyphs = { full: '#', empty: '-', cut: '...' }

/** The glyphs that a terminal with these settings can show. */
export function glyphsFor({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): Glyphs {
  return /utf-?8/.test((LC_ALL || LC_CTYPE || LANG || '').toLowerCase()) ? unicode : ascii
}

/** A part of a line: a text, a bar that takes what width is left, or nothing. */
export type Part = string | { fraction: number } | undefined

const narrowestBar = 8
const widestBar = 30

/** The first variant of a line that fits the width; the last one is cut to it. */
export function fit(width: number, ways: readonly (readonly Part[])[], glyphs: Glyphs): string {
  const lines = ways.map(way => way.filter(part => part !== undefined))
  const best = lines.find(parts => widthOf(parts) <= width) ?? lines.at(-1) ?? []
  const barWidth = Math.min(widestBar, narrowestBar + width - widthOf(best))
  const text = best.map(part => (typeof part === 'string' ? part : bar(part.fraction, barWidth, glyphs)))
  return cutEnd(text.join(' ').trimEnd(), width, glyphs)
}

function widthOf(parts: readonly Exclude<Part, undefined>[]): number {
  const widths = parts.map(part => (typeof part === 'string' ? part.length : narrowestBar))
  return widths.reduce((sum, width) => sum + width, parts.length - 1)
}

// The bar is full only at 100 %.
function bar(fraction: number, width: number, { full, empty }: Glyphs): string {
  const done = Math.floor(fraction * Math.max(0, width))
  return full.repeat(done) + empty.repeat(Math.max(0, width) - done)
}

export function cutEnd(text: string, width: number, { cut }: Glyphs): string {
  if (text.length <= width) return text
  return (text.slice(0, Math.max(0, width - cut.length)) + cut).slice(0, Math.max(0, width))
}

/** An image's name cut to a width; its end is kept. */
export function cutMiddle(text: string, width: number, glyphs: Glyphs): string {
  const kept = width - glyphs.cut.length
  if (text.length <= width || kept < 4) return cutEnd(text, width, glyphs)
  const end = Math.ceil((kept * 2) / 3)
  return text.slice(0, kept - end) + glyphs.cut + text.slice(text.length - end)
}
