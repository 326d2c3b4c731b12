import { expect, test } from 'vitest'
import type { WorkloadResult } from '../harness/results.ts'
import { chart } from './chart.ts'

const result = (values: Record<string, number[]>): WorkloadResult => ({
  id: 'w',
  title: 'This & that',
  about: '',
  metrics: [{ key: 'rate', label: 'rate', unit: '/s', better: 'more' }],
  server: { kind: 'none' },
  contenders: Object.entries(values).map(([name, rate]) => ({ name, values: { rate } })),
  busy: 0,
  took: 1,
})

const widths = (svg = '') =>
  Array.from(svg.matchAll(/<rect [^>]*width="([\d.]+)"/g), ([, width]) => Number(width))

test('bars begin at zero: twice as much is twice as long', () => {
  const svg = chart(result({ holdfast: [200], peer: [100] }))
  const [ours = 0, theirs = 0] = widths(svg)
  expect(ours / theirs).toBeCloseTo(2, 2)
  expect(svg).not.toContain('logarithmic')
})

test('an axis that is logarithmic says so', () => {
  const svg = chart(result({ holdfast: [10_000], peer: [1] }))
  expect(svg).toContain('logarithmic axis')
  expect(widths(svg)).toEqual([])
})

test('a range is drawn from the least to the most', () => {
  const svg = chart(result({ holdfast: [100, 50, 200] })) ?? ''
  const [, from, to] = /<line x1="([\d.]+)" x2="([\d.]+)"[^>]*class="range"/.exec(svg) ?? []
  const [bar = 0] = widths(svg)
  expect((Number(to) - Number(from)) / bar).toBeCloseTo(1.5, 1)
})

test('text is text, whatever it says, and there is nothing where nothing was measured', () => {
  expect(chart(result({ holdfast: [1] }))).toContain('This &amp; that')
  expect(chart(result({ holdfast: [] }))).toBeUndefined()
})
