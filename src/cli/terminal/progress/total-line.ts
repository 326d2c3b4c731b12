import { tries } from '../../../run/image/pull-retry.ts'
import { type Canvas, type Line, line, percent, seconds } from './canvas.ts'
import type { Part } from './fit.ts'
import type { PullView } from './pull-view.ts'
import type { Sum } from './sum.ts'
import { layersText, sizeText } from './words.ts'

/** The progress of a pull, its rate, and the time left. */
export function totalLine(pull: PullView, canvas: Canvas): Line {
  const { now } = canvas
  const { again, layers, askedAt } = pull
  if (again !== undefined && now < again.at) {
    const wait = `  again in ${seconds(again.at - now)}`
    return line(canvas, [[wait, `(attempt ${again.attempt} of ${tries})`], [wait]], 'trouble')
  }
  if (again !== undefined || layers.sum.layers === 0) {
    const since = seconds(now - askedAt)
    return line(canvas, [[`  asking the registry, ${since}`], [`  asking ${since}`]])
  }
  return line(canvas, waysOf(layers.sum, rateText(pull, canvas), timeLeft(pull, canvas)))
}

/** The same with the image's name, as short as it gets. */
export function shortParts(pull: PullView, canvas: Canvas): Part[] {
  const { sum } = pull.layers
  return [counts(sum), sum.fraction === undefined ? undefined : percent(sum.fraction), rateText(pull, canvas)]
}

/** `5/9`, or `5 done` when the total is unknown. */
export function counts({ done, layers, fraction }: Sum): string {
  return fraction === undefined ? `${done} done` : `${done}/${layers}`
}

function waysOf(sum: Sum, rate: string | undefined, left: string | undefined): Part[][] {
  const { fraction, done, layers } = sum
  const short = `  ${counts(sum)}`
  if (fraction === undefined) {
    const amount = sum.current === 0 ? undefined : sizeText(sum.current)
    return [[listed(`  ${layersText(done)} done`, amount, rate)], [short, amount], [short]]
  }
  const long = `  ${done} of ${layersText(layers)} done`
  // Only the extraction is left, and the Engine reports no time for it.
  if (sum.left === 0) return [[done < layers ? `${long}, all downloaded` : long], [long], [short]]
  const bar = { fraction }
  const share = percent(fraction)
  return [
    [long, bar, listed(amountText(sum), rate, left)],
    [long, bar, share, rate, left],
    [short, bar, share, rate, left],
    [short, share, rate, left],
    [short, share, rate],
    [short, share],
    [short],
  ]
}

const listed = (...parts: (string | undefined)[]) => parts.filter(part => part !== undefined).join(', ')

function amountText({ current, total, left }: Sum): string | undefined {
  if (total === 0) return undefined
  return `${sizeText(current)} of ${left === undefined ? 'over ' : ''}${sizeText(total)}`
}

// No rate while nothing is downloading: between retries, or when all layers are local.
function rateOf({ layers, meter }: PullView, { now }: Canvas): number | undefined {
  return layers.active.some(({ step }) => step === 'downloading') ? meter.rate(now) : undefined
}

function rateText(pull: PullView, canvas: Canvas): string | undefined {
  const rate = rateOf(pull, canvas)
  return rate === undefined ? undefined : `${sizeText(rate)}/s`
}

/** Longest time left that is shown, in milliseconds: beyond it the download has stalled. */
const longest = 100 * 3_600_000

function timeLeft(pull: PullView, canvas: Canvas): string | undefined {
  const { left } = pull.layers.sum
  const rate = rateOf(pull, canvas)
  if (!left || !rate) return undefined
  const ms = (left / rate) * 1_000
  return ms < longest ? `${seconds(ms)} left` : undefined
}
