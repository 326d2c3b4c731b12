import { type Canvas, type Line, line, plain } from './canvas.ts'
import { cutMiddle } from './fit.ts'
import { layerLine } from './layer-line.ts'
import type { PullView } from './pull-view.ts'
import { counts, shortParts, totalLine } from './total-line.ts'

/** Below this width only a word is shown. */
const narrow = 20

/** The pulls as lines, at most two fewer than the terminal's rows. */
export function draw(pulls: readonly PullView[], canvas: Canvas): Line[] {
  const room = canvas.rows - 2
  if (pulls.length === 0 || room < 1 || canvas.columns < 2) return []
  if (canvas.columns < narrow) return [tiny(pulls, canvas)]
  const extra = room - 2 * pulls.length
  return extra < 0 ? crowded(pulls, room, canvas) : withLayers(pulls, extra, canvas)
}

function tiny(pulls: readonly PullView[], canvas: Canvas): Line {
  const [first, ...others] = pulls
  if (first === undefined || others.length > 0) return number(pulls, canvas)
  return line(canvas, [[`pulling ${counts(first.layers.sum)}`]])
}

function number(pulls: readonly PullView[], canvas: Canvas): Line {
  return line(canvas, [[`pulling ${pulls.length} images`], [`pulling ${pulls.length}`]])
}

/** A line for each image, as many as fit. */
function crowded(pulls: readonly PullView[], room: number, canvas: Canvas): Line[] {
  if (room === 1 && pulls.length > 1) return [number(pulls, canvas)]
  const shown = pulls.length > room ? pulls.slice(0, room - 1) : pulls
  const lines = shown.map(pull => imageLine(pull, canvas))
  return shown === pulls ? lines : [...lines, more(pulls.length - shown.length, 'image', canvas)]
}

function imageLine(pull: PullView, canvas: Canvas): Line {
  const name = (width: number) => cutMiddle(plain(pull.image), width, canvas.glyphs)
  const tail = shortParts(pull, canvas)
  const width = canvas.columns - 1
  return line(canvas, [[name(Math.max(8, width - 1 - tail.join(' ').length)), ...tail], [name(width)]])
}

/** A head and a total for each image, with lines for its layers between them. */
function withLayers(pulls: readonly PullView[], extra: number, canvas: Canvas): Line[] {
  let left = extra
  return pulls.flatMap((pull, index) => {
    const layers = layerLines(pull, Math.floor(left / (pulls.length - index)), canvas)
    left -= layers.length
    return [head(pull, canvas), ...layers, totalLine(pull, canvas)]
  })
}

function layerLines(pull: PullView, room: number, canvas: Canvas): Line[] {
  const { active } = pull.layers
  if (active.length <= room) return active.map(layer => layerLine(layer, canvas))
  if (room === 0) return []
  const shown = active.slice(0, room - 1).map(layer => layerLine(layer, canvas))
  return [...shown, more(active.length - shown.length, 'layer', canvas)]
}

function more(count: number, what: 'image' | 'layer', canvas: Canvas): Line {
  const { cut } = canvas.glyphs
  return line(canvas, [[`  ${cut} and ${count} more ${what}${count === 1 ? '' : 's'}`]], 'aside')
}

function head(pull: PullView, canvas: Canvas): Line {
  const name = cutMiddle(plain(pull.image), canvas.columns - 1 - 'pulling '.length, canvas.glyphs)
  return line(canvas, [[plain(pull.words)], [`pulling ${name}`]])
}
