import { isComplete, isReceived, type Layer } from './layer.ts'

/** The sum over all layers of an image; its numbers never decrease. */
export interface Sum {
  /** How many layers are known. */
  layers: number
  /** How many of them are complete. */
  done: number
  /** Bytes received, and the total as far as it is known. */
  current: number
  total: number
  /** Progress from 0 to 1; undefined when unknown. */
  fraction: number | undefined
  /** Bytes left; undefined when unknown. */
  left: number | undefined
}

export const nothing: Sum = {
  layers: 0,
  done: 0,
  current: 0,
  total: 0,
  fraction: undefined,
  left: undefined,
}

/** Sums up; no number is lower than in the previous sum. */
export function sumUp(layers: readonly Layer[], docker: boolean, before: Sum): Sum {
  const fresh = layers.filter(({ step }) => step !== 'existing')
  const known = fresh.filter(({ total }) => total !== undefined)
  const come = known.reduce((sum, { current }) => sum + current, 0)
  const all = known.reduce((sum, { total = 0 }) => sum + total, 0)
  const current = Math.max(before.current, come)
  const certain = docker && fresh.every(layer => layer.total !== undefined || isReceived(layer))
  return {
    layers: Math.max(before.layers, layers.length),
    done: Math.max(before.done, layers.filter(layer => isComplete(layer, docker)).length),
    current,
    total: Math.max(before.total, all, current),
    fraction: docker ? Math.max(before.fraction ?? 0, fractionOf(fresh, all / known.length || 1)) : undefined,
    left: certain ? Math.max(0, all - come) : undefined,
  }
}

// A layer of unknown size counts as one of usual size.
function fractionOf(layers: readonly Layer[], usual: number): number {
  const whole = layers.reduce((sum, { total = usual }) => sum + total, 0)
  const come = layers.reduce((sum, layer) => {
    const { current, total = usual } = layer
    return sum + (layer.total === undefined ? (isReceived(layer) ? total : 0) : current)
  }, 0)
  return whole === 0 ? 0 : Math.min(1, come / whole)
}
