import type { LocateOptions } from '../engine/address/locate.ts'
import { connect, type Engine } from '../engine/engine.ts'
import type { ImageOptions } from './options.ts'

/** The Engine to use: one that was handed over stays open afterwards, one of our own is closed. */
export function borrowEngine(
  { engine: given, config }: ImageOptions,
  onWarning?: (message: string) => void,
): { engine: Engine; release: () => Promise<void> } {
  if (isEngine(given)) return { engine: given, release: async () => undefined }
  const engine = connect({ config, onWarning, ...(isOptions(given) ? given : { host: given }) })
  return { engine, release: () => engine.close() }
}

function isEngine(given: ImageOptions['engine']): given is Engine {
  return typeof given === 'object' && 'containers' in given
}

function isOptions(given: ImageOptions['engine']): given is LocateOptions {
  return typeof given === 'object' && !Array.isArray(given)
}
