import { ageText } from '../../../run/duration.ts'
import type { PullReason, RunEvent } from '../../../run/events.ts'
import type { CopyReport } from '../../../run/files/copies.ts'
import { tries } from '../../../run/image/pull-retry.ts'
import type { Brought } from './layers.ts'

type Event<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>

const reasons: Record<PullReason, string> = {
  missing: 'it is not on the Engine',
  mismatch: 'the Engine has another one by that name',
  always: 'asked to',
  refresh: 'to see whether it is still the newest',
}

export function pullWords({ image, reason, credentials, shared }: Event<'pull'>): string {
  // The command hands the password over as a function.
  const source = credentials === 'function' ? '--registry-user' : credentials
  const how = shared ? 'shares a pull that is under way' : `credentials: ${source}`
  return `pulling ${image} (${reasons[reason]}; ${how})`
}

/** @param last the message of the failure before */
export function retryWords({ image, delay, attempt, failure }: Event<'retry'>, last?: string): string {
  const why = failure.message === last ? 'the same failure' : (failure.engineMessage ?? failure.message)
  return `pulling ${image} again in ${timeText(delay)} (attempt ${attempt} of ${tries}): ${why}`
}

export function skippedWords({ image, registry, until, reason }: Event<'skipped'>): string {
  return `not asking ${registry} for ${image} until ${until.replace(/\.\d+Z$/, 'Z')}: ${reason}`
}

export function staleWords({ image, digest, age, kind, reason }: Event<'stale'>): string {
  const name = digest === null ? 'never pulled or pushed' : digest.replace(/^(\w+:\w{12})\w*$/, '$1')
  const old = age === null ? 'of unknown age' : `${ageText(age)} old`
  return `STALE: running the local copy of ${image} (${name}, ${old}): ${kind}: ${reason}`
}

/** The last line of a pull: `pulled IMAGE in 3.2 s (41.0 MB, 9 layers, 4 of them new)`. */
export function pulledWords(image: string, ms: number, brought: Brought): string {
  const { bytes, exact } = brought
  const size = bytes === 0 ? [] : [`${exact ? '' : 'at least '}${sizeText(bytes)}`]
  return `pulled ${image} in ${timeText(ms)} (${[...size, layerWords(brought)].join(', ')})`
}

/** `copied /work/out to ./out (12 entries, 3.4 MB)`. */
export function copiedWords({ from, to, entries, bytes }: CopyReport): string {
  return `copied ${from} to ${to} (${amountWords(entries, bytes)})`
}

export function amountWords(entries: number, bytes: number): string {
  return `${entries === 1 ? '1 entry' : `${entries} entries`}, ${sizeText(bytes)}`
}

export function upToDateWords(image: string, ms: number): string {
  return `${image} is up to date (asked in ${timeText(ms)})`
}

// The containerd store does not list layers it already has, so there is no total count.
function layerWords({ layers, fresh }: Brought): string {
  if (fresh === 0) return layers === 0 ? 'no new layers' : `${layersText(layers)}, none of them new`
  if (fresh === layers) return fresh === 1 ? '1 new layer' : `${fresh} new layers`
  return `${layersText(layers)}, ${fresh} of them new`
}

export function layersText(count: number): string {
  return count === 1 ? '1 layer' : `${count} layers`
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Bytes, decimal as Docker shows them: `512 B`, `41.2 MB`, `123 MB`. At most 7 characters up to 999 PB. */
export function sizeText(bytes: number): string {
  const enough = units.findIndex((_, power) => bytes < 999.5 * 1_000 ** power)
  const power = enough === -1 ? units.length - 1 : enough
  const value = bytes / 1_000 ** power
  return `${power > 0 && value < 99.95 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}

/** How long something took or takes: `0.3 s`, `42 s`, `3 min`. */
export function timeText(ms: number): string {
  return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : ageText(Math.round(ms / 1_000) * 1_000)
}
