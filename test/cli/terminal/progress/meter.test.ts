import { expect, test } from 'vitest'
import { Meter } from '../../../../src/cli/terminal/progress/meter.ts'

/** So many bytes every 100 ms, from that moment to that. */
function feed(meter: Meter, bytes: number, from: number, to: number): void {
  for (let now = from; now < to; now += 100) meter.add(bytes, now)
}

test('there is no rate before anything has come, nor within a second of it', () => {
  const meter = new Meter()
  expect(meter.rate(10_000)).toBeUndefined()
  feed(meter, 100, 10_000, 10_900)
  expect(meter.rate(10_900)).toBeUndefined()
})

test('an even flow has its own rate', () => {
  const meter = new Meter()
  feed(meter, 100, 0, 20_001)
  expect(meter.rate(20_000)).toBeCloseTo(1_000, -1.5)
})

test('the time before the first byte does not count', () => {
  const meter = new Meter()
  feed(meter, 100, 60_000, 62_001)
  expect(meter.rate(62_000)).toBeCloseTo(1_000, -1.5)
})

test('another speed shows within the window, not at once', () => {
  const meter = new Meter()
  feed(meter, 100, 0, 10_000)
  feed(meter, 1_000, 10_000, 11_000)
  expect(meter.rate(11_000)).toBeGreaterThan(1_500)
  expect(meter.rate(11_000)).toBeLessThan(5_000)
  feed(meter, 1_000, 11_000, 20_001)
  expect(meter.rate(20_000)).toBeCloseTo(10_000, -2.5)
})

test('a standstill comes to nothing', () => {
  const meter = new Meter()
  feed(meter, 100, 0, 10_001)
  meter.add(1_000_000, 10_050)
  expect(meter.rate(11_000)).toBeGreaterThan(1_000)
  expect(meter.rate(15_051)).toBe(0)
  expect(meter.rate(100_000)).toBe(0)
})

test('a pause lowers it', () => {
  const meter = new Meter()
  feed(meter, 100, 0, 10_001)
  expect(meter.rate(12_500)).toBeLessThan(700)
})
