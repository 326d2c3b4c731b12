import { type Canvas, type Line, line, percent, plain } from './canvas.ts'
import type { Layer } from './layer.ts'
import { sizeText } from './words.ts'

/** The line of a layer that is being pulled. */
export function layerLine(layer: Layer, canvas: Canvas): Line {
  const { step, current, total, extracted, status } = layer
  const [long, short] = [12, 8].map(length => `  ${plain(layer.id).slice(0, length).padEnd(length)}`)
  const verb = step.padEnd('downloading'.length)
  if (step === 'retrying') {
    const again = plain(status).toLowerCase()
    return line(canvas, [[`${long} ${again}`], [short, verb]], 'trouble')
  }
  const isExtracting = step === 'extracting'
  const tone = isExtracting ? 'good' : undefined
  const done = isExtracting ? extracted : { current, total }
  if (done.total === undefined) {
    const amount = isExtracting ? `${done.current} s` : sizeText(done.current)
    return line(
      canvas,
      [[`${long} ${verb} ${amount}`], [`${short} ${verb} ${amount}`], [short, amount]],
      tone,
    )
  }
  const fraction = done.current / done.total
  const bar = { fraction }
  const share = percent(fraction)
  const amount = `${sizeText(done.current).padStart(7)} of ${sizeText(done.total).padStart(7)}`
  const wide = [long, verb, bar]
  const narrow = [short, verb, bar, share]
  return line(
    canvas,
    [[...wide, amount], [...wide, share], narrow, [short, verb, share], [short, share]],
    tone,
  )
}
