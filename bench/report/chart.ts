import type { WorkloadResult } from '../harness/results.ts'
import { type Spread, spread } from '../harness/statistics.ts'
import { figure } from '../harness/verdict.ts'

const row = 26
const left = 170
const plot = 430
const right = 100
const top = 56

/** Beyond that factor between the shortest and the longest bar, the short ones can't be told apart. */
const linearSpan = 60

interface Bar extends Spread {
  name: string
}

interface Axis {
  at(value: number): number
  ticks: number[]
  logarithmic: boolean
}

/** A workload's first metric with its ranges, as bars or on a logarithmic axis as dots, readable on light and on dark; undefined when nothing was measured. */
export function chart({ title, metrics: [metric], contenders }: WorkloadResult): string | undefined {
  if (metric === undefined) return undefined
  const bars = contenders.flatMap(({ name, values }) => {
    const measured = values[metric.key] ?? []
    return measured.length === 0 ? [] : [{ name, ...spread(measured) }]
  })
  if (bars.length === 0) return undefined
  const axis = axisFor(bars)
  const height = top + bars.length * row + 40
  const better = metric.better === 'more' ? 'more is better' : 'less is better'
  const label = [metric.label, metric.unit].filter(Boolean).join(', ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + plot + right} ${height}" role="img" aria-label="${escaped(`${title}: ${label}`)}">`,
    style,
    `<text x="12" y="22" class="title">${escaped(title)}</text>`,
    `<text x="12" y="42" class="note">${escaped(`${label}; ${better}; ${axis.logarithmic ? 'logarithmic axis; dot' : 'bar'}: median, line: range`)}</text>`,
    ...axis.ticks.map(tick => grid(axis, tick, height)),
    ...bars.map((bar, index) => drawn(bar, axis, top + index * row)),
    '</svg>',
    '',
  ].join('\n')
}

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.note, .tick { font-size: 11px; fill: #59636e }
.grid { stroke: #d1d9e0 }
.bar { fill: #8c959f }
.ours { fill: #0969da }
.range { stroke: #1f2328; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .note, .tick { fill: #9198a1 }
  .grid { stroke: #3d444d }
  .bar { fill: #656c76 }
  .ours { fill: #4493f8 }
  .range { stroke: #f0f6fc }
}
</style>`

function axisFor(bars: readonly Bar[]): Axis {
  const most = Math.max(...bars.map(bar => bar.most))
  const least = Math.min(...bars.map(bar => bar.least))
  return least > 0 && most / least > linearSpan ? logarithmic(least, most) : fromZero(most)
}

function fromZero(most: number): Axis {
  const step = niceStep(most / 4)
  const end = Math.ceil(most / step) * step || 1
  const count = Math.round(end / step)
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step)
  return { at: value => (Math.max(0, value) / end) * plot, ticks, logarithmic: false }
}

function logarithmic(least: number, most: number): Axis {
  const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))]
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index))
  return { at: value => ((Math.log10(value) - low) / (high - low)) * plot, ticks, logarithmic: true }
}

function niceStep(rough: number): number {
  if (!(rough > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(rough))
  return power * ([1, 2, 5, 10].find(step => step * power >= rough) ?? 10)
}

function grid(axis: Axis, tick: number, height: number): string {
  const x = (left + axis.at(tick)).toFixed(1)
  return `<line x1="${x}" x2="${x}" y1="${top - 4}" y2="${height - 28}" class="grid"/><text x="${x}" y="${height - 12}" text-anchor="middle" class="tick">${figure(tick)}</text>`
}

function drawn({ name, median, least, most }: Bar, axis: Axis, y: number): string {
  const [end, from, to] = [median, least, most].map(value => left + axis.at(value)) as [
    number,
    number,
    number,
  ]
  const middle = y + row / 2 - 3
  const ours = name.startsWith('holdfast') ? 'ours' : 'bar'
  // A bar's length would mean nothing where there is no zero.
  const shape = axis.logarithmic
    ? `<circle cx="${end.toFixed(1)}" cy="${middle}" r="6" class="${ours}"/>`
    : `<rect x="${left}" y="${y}" width="${Math.max(1, end - left).toFixed(1)}" height="${row - 7}" rx="2" class="${ours}"/>`
  return [
    `<text x="${left - 10}" y="${middle + 4}" text-anchor="end">${escaped(name)}</text>`,
    shape,
    `<line x1="${from.toFixed(1)}" x2="${to.toFixed(1)}" y1="${middle}" y2="${middle}" class="range"/>`,
    `<text x="${(Math.max(end, to) + 10).toFixed(1)}" y="${middle + 4}">${figure(median)}</text>`,
  ].join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
