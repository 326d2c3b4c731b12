import type { RunEvent } from '../../../run/events.ts'
import { hasCome, isComplete, nothing, type Sum, sumUp } from './sum.ts'

type ProgressEvent = Omit<Extract<RunEvent, { type: 'progress' }>, 'type' | 'image'>

/** Where a layer is on its way; `existing` was there before. */
export type Step = 'waiting' | 'downloading' | 'retrying' | 'downloaded' | 'extracting' | 'done' | 'existing'

/** A layer of an image that is being pulled. */
export interface Layer {
  readonly id: string
  step: Step
  /** Bytes that have come. */
  current: number
  /** Bytes that will have come in the end; undefined until the Engine has told, which it need not. */
  total: number | undefined
  /** How far its extraction is: bytes of `total`, or seconds where the Engine tells no total. */
  extracted: { current: number; total: number | undefined }
  /** What the Engine says of it at the moment. */
  status: string
  /** This pull has brought it, or a part. */
  fetched: boolean
}

/** What a pull brought. */
export interface Brought {
  layers: number
  /** Layers that were not there before. */
  fresh: number
  /** Bytes of those whose size the Engine told, and whether these were all. */
  bytes: number
  exact: boolean
}

/** Docker has 127 at most; more is not worth the memory. */
const limit = 1_000

/** The layers of an image, as the Engine tells of them. */
export class Layers {
  readonly #layers = new Map<string, Layer>()
  // Docker names all layers before it fetches any, and then extracts them. Podman names them as it goes, and tells of
  // their download only.
  #docker = false
  #sum: Sum = nothing

  get sum(): Sum {
    return this.#sum
  }

  /** Those that a bar is worth drawing for, in the order in which they were named. */
  get active(): Layer[] {
    return [...this.#layers.values()].filter(({ step }) => /^(downloading|extracting|retrying)$/.test(step))
  }

  /** Takes the Engine's next word; gives the bytes that have come since its last. */
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

  /** The pull goes out anew: what was not complete begins again. */
  restart(): void {
    for (const layer of this.#layers.values()) if (!isComplete(layer, this.#docker)) layer.step = 'waiting'
  }

  /** Counts; the image's configuration, which Podman names as if it were a layer by the image's id, is none. */
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

// What comes off the wire is not checked before.
function byteCount(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined
}

function advance(layer: Layer, step: Step, current = 0, total: number | undefined): void {
  if (step === 'downloading') {
    layer.total = total ?? layer.total
    // Docker says that all has come when a connection breaks off, too: its next word tells.
    if (layer.total === undefined || current < layer.total) layer.current = current
    layer.current = Math.min(layer.current, layer.total ?? layer.current)
  } else if (step === 'retrying') {
    layer.current = 0
  } else if (step === 'extracting') {
    // A small layer comes without a word; here the graph drivers tell how large it was.
    layer.total ??= total
    layer.extracted = { current: Math.min(current, total ?? current), total }
  }
  // What an earlier try has brought is new all the same.
  layer.step = step === 'existing' && layer.fetched ? 'done' : step
  if (hasCome(layer)) layer.current = layer.total ?? layer.current
  layer.fetched ||= hasCome(layer) || layer.current > 0
}
