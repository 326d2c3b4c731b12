import type { Engine } from '../../engine/engine.ts'
import { type FailureReport, toFailure } from '../../run/failure.ts'
import { mapLimit } from '../../run/map-limit.ts'
import { inFlags } from '../flag-names.ts'
import { type EngineFlags, hostsOf } from '../flags/engine.ts'
import { UsageError } from '../usage.ts'
import { onEngine } from '../with-engine.ts'

/** How many Engines are asked at a time. */
const atOnce = 8

/** What one of several Engines gave, or why it gave nothing. */
export type HostResult<T> =
  | { host: string; failure: null; images: T[] }
  | { host: string; failure: FailureReport; images: null }

/** The addresses that `--all-hosts` asks, each once. */
export function allHosts(engine: EngineFlags['engine']): string[] {
  const hosts = [...new Set(hostsOf(engine))]
  if (hosts.length > 0) return hosts
  throw new UsageError(
    '--all-hosts needs --host',
    'Name each Engine: --host tcp://a:2376 --host tcp://b:2376.',
  )
}

/** Does the work with each of these Engines, in their order; one that can't be asked does not keep the others from it. */
export async function onEachHost<T>(
  where: EngineFlags['engine'],
  work: (engine: Engine, host: string) => Promise<T[]>,
  onWarning?: (message: string) => void,
): Promise<HostResult<T>[]> {
  const one = async (host: string): Promise<HostResult<T>> => {
    try {
      const images = await onEngine({ ...where, host }, engine => work(engine, host), onWarning)
      return { host, failure: null, images }
    } catch (error) {
      return { host, failure: inFlags(toFailure(error).report()), images: null }
    }
  }
  return Promise.all(mapLimit(allHosts(where), atOnce, one))
}
