import type { RunEvent } from '../../../run/events.ts'
import { isComplete, isReceived, type Layer, type Step } from './layer.ts'
import { nothing, type Sum, sumUp } from './sum.ts'

type ProgressEvent = Omit<Extract<RunEvent, { type: 'progress' }>, 'type' | 'image'>

/** The result of a pull. */
export interface Brought {
  layers: number
  /** Layers that were not there before. */
  fresh: number
  /** Bytes of the layers whose size is known, and whether that is all of them. */
  bytes: number
  exact: boolean
}

/** Docker allows 127; a limit on what a broken Engine can make us keep. */
const limit = 1_000

/** The layers of an image, from the Engine's progress messages. */
export class Layers {
  readonly #layers = new Map<string, Layer>()
  // Docker names all layers before it fetches any, and then extracts them. Podman names them one by one, and reports
  // only their download.
  #docker = false
  #sum: Sum = nothing

  get sum(): Sum {
    return this.#sum
  }

  /** The layers to draw a bar for, in the order in which they were named. */
  get active(): Layer[] {
    return [...this.#layers.values()].filter(({ step }) => /^(downloading|extracting|retrying)$/.test(step))
  }

  /** Handles a progress message; returns the bytes received since the last one. */
  take({ id, status, current, total }: ProgressEvent): number {
    if (id === undefined) return 0
    if (status.startsWith('Pulling from ')) this.#docker = true
    const step = stepOf(status)
    const layer = step && this.#layer(id, step)
    if (step === undefined || layer === undefined) return 0
    const before = layer.current
    advance(layer, step, byteCount(current), byteCount(total))
    layer.status = status
    this.#sum = sumUp([...this.#layers.values()], this.#docker, this.#sum)
    return step === 'downloading' || step === 'downloaded' ? Math.max(0, layer.current - before) : 0
  }

  #layer(id: string, step: Step): Layer | undefined {
    const known = this.#layers.get(id)
    if (known !== undefined || this.#layers.size >= limit) return known
    const extracted = { current: 0, total: undefined }
    const layer: Layer = { id, step, current: 0, total: undefined, extracted, status: '', fetched: false }
    this.#layers.set(id, layer)
    return layer
  }

  /** The pull is retried: incomplete layers start again. */
  restart(): void {
    for (const layer of this.#layers.values()) if (!isComplete(layer, this.#docker)) layer.step = 'waiting'
  }

  /** Counts layers. Podman lists the image's configuration as a layer, named by the image's id: it is left out. */
  brought(imageId: string): Brought {
    const digits = imageId.replace(/^sha256:/, '')
    const layers = [...this.#layers.values()].filter(({ id }) => !digits.startsWith(id))
    const fresh = layers.filter(({ step }) => step !== 'existing')
    return {
      layers: layers.length,
      fresh: fresh.length,
      bytes: fresh.reduce((sum, { total = 0 }) => sum + total, 0),
      exact: fresh.every(({ total }) => total !== undefined),
    }
  }
}

const steps: Readonly<Record<string, Step>> = {
  'Pulling fs layer': 'waiting',
  Waiting: 'waiting',
  Downloading: 'downloading',
  'Verifying Checksum': 'downloaded',
  'Download complete': 'downloaded',
  Extracting: 'extracting',
  'Pull complete': 'done',
  'Already exists': 'existing',
}

function stepOf(status: string): Step | undefined {
  if (/^Retrying in \d+ seconds?$/.test(status)) return 'retrying'
  return Object.hasOwn(steps, status) ? steps[status] : undefined
}

// The message is unchecked JSON.
function byteCount(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined
}

function advance(layer: Layer, step: Step, current = 0, total: number | undefined): void {
  if (step === 'downloading') {
    layer.total = total ?? layer.total
    // Docker reports a complete download for a broken connection too; the next message decides.
    if (layer.total === undefined || current < layer.total) layer.current = current
    layer.current = Math.min(layer.current, layer.total ?? layer.current)
  } else if (step === 'retrying') {
    layer.current = 0
  } else if (step === 'extracting') {
    // Small layers have no download messages; the graph drivers report their size here.
    layer.total ??= total
    layer.extracted = { current: Math.min(current, total ?? current), total }
  }
  // Layers that an earlier attempt downloaded count as new.
  layer.step = step === 'existing' && layer.fetched ? 'done' : step
  if (isReceived(layer)) layer.current = layer.total ?? layer.current
  layer.fetched ||= isReceived(layer) || layer.current > 0
}
