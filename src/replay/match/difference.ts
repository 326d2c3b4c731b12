import { gunzipSync } from 'node:zlib'
import { type ArchiveEntry, readArchive } from '../bytes/archive.ts'
import { isObject, isTexts } from '../file/check.ts'
import { type Content, fromContent } from '../file/content.ts'
import type { Comparison } from './same-text.ts'

/** Whether a difference at that place of a request is ignored. */
export type IsIgnored = (place: string) => boolean

/** Yields each difference as a clause: `Cmd[2] "cat" was recorded, "rm" came`. */
type Differences = Generator<string, void, undefined>

const ownLabel = /^dev\.holdfast\./

/** Compares the body of a request with the recorded one: JSON by value, archives by their entries, all else by bytes. */
export function* bodyDifferences(
  recorded: Content | undefined,
  actual: Buffer,
  comparison: Comparison,
  isIgnored: IsIgnored,
): Differences {
  if (recorded !== undefined && 'archive' in recorded) {
    const entries = archiveIn(actual)
    if (entries === undefined) yield 'an archive was recorded, something else came'
    else yield* archiveDifferences(recorded.archive, entries, isIgnored)
    return
  }
  if (recorded === undefined && actual.length === 0) return
  const bytes = fromContent(recorded)
  if (bytes.equals(actual)) return
  const [recordedEntries, actualEntries] = [archiveIn(bytes), archiveIn(actual)]
  if (recordedEntries !== undefined && actualEntries !== undefined)
    return yield* archiveDifferences(recordedEntries, actualEntries, isIgnored)
  const [recordedJson, actualJson] = [parsed(bytes), parsed(actual)]
  if (recordedJson !== undefined && actualJson !== undefined)
    return yield* valueDifferences(recordedJson, actualJson, '', comparison, isIgnored)
  if (!comparison.same(bytes.toString('latin1'), actual.toString('latin1')))
    yield bytesDifference(bytes, actual)
}

function parsed(bytes: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString())
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function* valueDifferences(
  recorded: unknown,
  actual: unknown,
  place: string,
  comparison: Comparison,
  isIgnored: IsIgnored,
): Differences {
  if (isIgnored(place)) return
  if (/(^|\.)Env$/.test(place) && isTexts(recorded) && isTexts(actual)) {
    yield* variableDifferences(recorded, actual, place, comparison, isIgnored)
  } else if (Array.isArray(recorded) && Array.isArray(actual)) {
    for (let index = 0; index < Math.max(recorded.length, actual.length); index++)
      yield* valueDifferences(recorded[index], actual[index], `${place}[${index}]`, comparison, isIgnored)
  } else if (isObject(recorded) && isObject(actual)) {
    for (const key of new Set([...Object.keys(recorded), ...Object.keys(actual)])) {
      if (ownLabel.test(key)) continue
      yield* valueDifferences(
        recorded[key],
        actual[key],
        place === '' ? key : `${place}.${key}`,
        comparison,
        isIgnored,
      )
    }
  } else if (!sameValue(recorded, actual, comparison)) yield clause(place, recorded, actual)
}

function sameValue(recorded: unknown, actual: unknown, comparison: Comparison): boolean {
  return typeof recorded === 'string' && typeof actual === 'string'
    ? comparison.same(recorded, actual)
    : recorded === actual
}

/** Compares variables in any order: their names always, their values where the recording has them. */
function* variableDifferences(
  recorded: readonly string[],
  actual: readonly string[],
  place: string,
  comparison: Comparison,
  isIgnored: IsIgnored,
): Differences {
  const [recordedByName, actualByName] = [variables(recorded), variables(actual)]
  for (const name of new Set([...recordedByName.keys(), ...actualByName.keys()])) {
    if (isIgnored(`${place}.${name}`)) continue
    const [before, now] = [recordedByName.get(name), actualByName.get(name)]
    if (now === undefined) yield `${place} ${name} was recorded, and did not come`
    else if (before === undefined) yield `${place} ${name} came, and was not recorded`
    else if (!/^\**$/.test(before) && !comparison.same(before, now))
      yield clause(`${place} ${name}`, before, now)
  }
}

function variables(list: readonly string[]): Map<string, string> {
  return new Map(list.map(entry => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]))
}

function archiveIn(bytes: Buffer): ArchiveEntry[] | undefined {
  try {
    return readArchive(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes)
  } catch {
    return undefined
  }
}

/** Compares archives by their entries: owners and times are those of a machine; of a mode, only "executable" is the same on all. */
function* archiveDifferences(
  recorded: readonly ArchiveEntry[],
  actual: readonly ArchiveEntry[],
  isIgnored: IsIgnored,
): Differences {
  const byName = (entries: readonly ArchiveEntry[]) =>
    new Map(entries.map(entry => [entry.name.replace(/^(\.\/)+|\/+$/g, '') || '.', entry]))
  const [recordedByName, actualByName] = [byName(recorded), byName(actual)]
  for (const name of new Set([...recordedByName.keys(), ...actualByName.keys()])) {
    if (isIgnored(name)) continue
    const [before, now] = [recordedByName.get(name), actualByName.get(name)]
    if (now === undefined) yield `${name} was recorded, and did not come`
    else if (before === undefined) yield `${name} came, and was not recorded`
    else yield* entryDifferences(name, before, now)
  }
}

function* entryDifferences(name: string, recorded: ArchiveEntry, actual: ArchiveEntry): Differences {
  if (recorded.type !== actual.type) yield clause(name, recorded.type ?? 'file', actual.type ?? 'file')
  if (recorded.link !== actual.link) yield clause(`${name} link`, recorded.link, actual.link)
  if (isExecutable(recorded) !== isExecutable(actual))
    yield `${name} mode ${recorded.mode} was recorded, ${actual.mode} came`
  if (recorded.text !== actual.text && recorded.text !== undefined && actual.text !== undefined) {
    if (!/\[secret:\d+\]/.test(recorded.text)) yield clause(name, recorded.text, actual.text)
  } else if (recorded.text !== actual.text || recorded.base64 !== actual.base64)
    yield `${name} has other content`
}

function isExecutable({ type, mode }: ArchiveEntry): boolean {
  return type === undefined && (Number.parseInt(mode, 8) & 0o111) !== 0
}

/** Says where two sequences of bytes begin to differ. */
export function bytesDifference(recorded: Buffer, actual: Buffer): string {
  const end = Math.max(recorded.length, actual.length)
  let at = 0
  while (at < end && recorded[at] === actual[at]) at++
  const excerpt = (bytes: Buffer) => (at < bytes.length ? bytes.toString('utf8', at, at + 60) : undefined)
  return clause(`byte ${at}`, excerpt(recorded), excerpt(actual))
}

/** `Cmd[2] "cat" was recorded, "rm" came`. */
export function clause(place: string, recorded: unknown, actual: unknown): string {
  if (actual === undefined) return `${place} ${shown(recorded)} was recorded, and did not come`
  if (recorded === undefined) return `${place} ${shown(actual)} came, and was not recorded`
  return `${place} ${shown(recorded)} was recorded, ${shown(actual)} came`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}
