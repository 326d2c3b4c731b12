import { ageText } from '../../run/duration.ts'
import type { ImageCheck } from '../../run/image/check.ts'
import { printable } from '../terminal/progress/printable.ts'
import { aligned } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'

const titles = ['IMAGE', 'LOCAL', 'PLATFORM', 'AGE', 'DIGEST', 'REGISTRY', 'OUTAGE'] as const
type Row = readonly string[]

/** The result as text: a table, or a block for each image where `width` has no room for it; then reasons and the count. */
export function checkText(checks: readonly ImageCheck[], width: number): string {
  const table = aligned([titles, ...checks.map(row)])
  const fits = table.every(line => line.length <= width)
  const lines = fits ? table : checks.flatMap(check => block(row(check)))
  const words = [...reasons(checks), count(checks)].flatMap(line =>
    wrap(line, 2, width).join('\n').trimStart(),
  )
  return [...lines, '', ...words, ''].join('\n')
}

function row({ image, local, platform, age, digest, contactsRegistry, survives }: ImageCheck): Row {
  const there = local === 'present' ? 'yes' : 'no'
  return [
    image,
    local === 'mismatch' ? 'other' : there,
    platform === null ? '-' : printable(platform),
    age === null ? '-' : ageText(age),
    digest === null ? '-' : printable(digest.slice(digest.indexOf(':') + 1).slice(0, 12)),
    contactsRegistry ? 'asked' : 'not asked',
    survives ? 'survives' : 'fails',
  ]
}

function block([image = '', ...cells]: Row): string[] {
  const names = titles.slice(1).map(title => title.toLowerCase().padEnd(8))
  return [image, ...cells.map((cell, at) => `  ${names[at]}  ${cell}`)]
}

// Reasons that the columns do not show, grouped, since many images share one.
function reasons(checks: readonly ImageCheck[]): string[] {
  const failing = checks.filter(({ survives }) => !survives)
  const groups = Map.groupBy(failing, ({ why }) => why)
  return [...groups].map(([why, { length }]) => `${length} would fail: ${printable(why)}`)
}

function count(checks: readonly ImageCheck[]): string {
  const surviving = checks.filter(({ survives }) => survives).length
  const [noun, pronoun] = checks.length === 1 ? ['image', 'its'] : ['images', 'their']
  return `${surviving} of ${checks.length} ${noun} would survive an outage of ${pronoun} registry`
}
