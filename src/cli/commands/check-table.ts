import { ageText } from '../../run/duration.ts'
import type { ImageCheck } from '../../run/image/check.ts'
import { printable } from '../terminal/printable.ts'
import { aligned } from '../terminal/table.ts'
import { wrap } from '../terminal/wrap.ts'
import type { HostResult } from './all-hosts.ts'

const titles = ['IMAGE', 'LOCAL', 'PLATFORM', 'AGE', 'DIGEST', 'REGISTRY', 'OUTAGE'] as const
type Row = readonly string[]

/** The result as text: a table, or a block for each image where `width` has no room for it; then reasons and the count. */
export function checkText(checks: readonly ImageCheck[], width: number): string {
  return text(layout(titles, checks.map(row), width), [...reasons(checks), count(checks)], width)
}

/** The same for several Engines: a row for each image of each host, then which host lacks what. */
export function hostsText(results: readonly HostResult<ImageCheck>[], width: number): string {
  const checks = results.flatMap(({ host, images }) => (images ?? []).map(check => ({ host, check })))
  const byImage = Map.groupBy(checks, ({ check: { image } }) => image)
  const rows = [...byImage.values()].flat().map(({ host, check }) => {
    const [image = '', ...cells] = row(check)
    return [image, host, ...cells]
  })
  const [image, ...others] = titles
  const words = [
    ...results.flatMap(lacking),
    ...[...byImage].flatMap(([image, found]) =>
      areSame(found.map(({ check }) => check)) ? [] : different(image),
    ),
    ...results.flatMap(({ host, failure }) =>
      failure === null ? [] : `${host} could not be asked: ${failure.kind}`,
    ),
    countOnAll(byImage, results),
  ]
  return text(layout([image, 'HOST', ...others], rows, width), words, width)
}

function text(table: readonly string[], words: readonly string[], width: number): string {
  const wrapped = words.flatMap(line => wrap(line, 2, width).join('\n').trimStart())
  return [...table, '', ...wrapped, ''].join('\n')
}

function layout(titles: Row, rows: readonly Row[], width: number): string[] {
  const table = aligned([titles, ...rows])
  return table.every(line => line.length <= width) ? table : rows.flatMap(row => block(titles, row))
}

function row({ image, local, platform, age, digest, contactsRegistry, survives }: ImageCheck): Row {
  const there = local === 'present' ? 'yes' : 'no'
  return [
    image,
    local === 'mismatch' ? 'other' : there,
    platform === null ? '-' : printable(platform),
    age === null ? '-' : ageText(age),
    digest === null ? '-' : printable(digest.slice(digest.indexOf(':') + 1).slice(0, 12)),
    contactsRegistry ? 'would ask' : 'not asked',
    survives ? 'survives' : 'fails',
  ]
}

function block([, ...titles]: Row, [image = '', ...cells]: Row): string[] {
  const names = titles.map(title => title.toLowerCase().padEnd(8))
  return [image, ...cells.map((cell, at) => `  ${names[at]}  ${cell}`)]
}

// Reasons that the columns do not show, grouped, since many images share one.
function reasons(checks: readonly ImageCheck[]): string[] {
  const failing = checks.filter(({ survives }) => !survives)
  const groups = Map.groupBy(failing, ({ why }) => why)
  return [...groups].map(([why, { length }]) => `${length} would fail: ${printable(why)}`)
}

function lacking({ host, images }: HostResult<ImageCheck>): string[] {
  const failing = (images ?? []).filter(({ survives }) => !survives)
  const groups = Map.groupBy(failing, ({ why }) => why)
  return [...groups].map(
    ([why, checks]) =>
      `on ${host} would fail: ${checks.map(({ image }) => image).join(', ')} (${printable(why)})`,
  )
}

/** Whether hosts that have an image by that name have the same one. Image stores count ids differently, not digests. */
function areSame(checks: readonly ImageCheck[]): boolean {
  const present = checks.filter(({ local }) => local === 'present')
  const byDigest = present.every(({ digest }) => digest !== null)
  return new Set(present.map(({ id, digest }) => (byDigest ? digest : id))).size < 2
}

function different(image: string): string {
  return `${image} is not the same image on all hosts`
}

function count(checks: readonly ImageCheck[]): string {
  const surviving = checks.filter(({ survives }) => survives).length
  const [noun, pronoun] = checks.length === 1 ? ['image', 'its'] : ['images', 'their']
  return `${surviving} of ${checks.length} ${noun} would survive an outage of ${pronoun} registry`
}

function countOnAll(
  byImage: ReadonlyMap<string, readonly { check: ImageCheck }[]>,
  { length: hosts }: readonly HostResult<ImageCheck>[],
): string {
  const everywhere = [...byImage.values()].filter(
    found => found.length === hosts && found.every(({ check }) => check.survives),
  ).length
  const noun = byImage.size === 1 ? 'image' : 'images'
  const all = hosts === 1 ? 'the one host' : `all ${hosts} hosts`
  return `${everywhere} of ${byImage.size} ${noun} would survive an outage on ${all}`
}
