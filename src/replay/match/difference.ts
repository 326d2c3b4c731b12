import { gunzipSync } from 'node:zlib'
import { type ArchiveEntry, readArchive } from '../bytes/archive.ts'
import { isObject } from '../file/check.ts'
import { type Content, fromContent } from '../file/content.ts'
import type { Comparison } from './same-text.ts'

/** Says whether a difference at that place of a request is of no interest. */
export type Ignored = (place: string) => boolean

/** What differs, each as a clause: `Cmd[2] "cat" was recorded, "rm" came`. */
export type Differences = Generator<string, void, undefined>

const ownLabel = /^dev\.holdfast\./

/** Compares the body of a request with the recorded one: JSON by value, archives by their entries, all else by bytes. */
export function* bodyDifferences(
  recorded: Content | undefined,
  came: Buffer,
  comparison: Comparison,
  ignored: Ignored,
): Differences {
  if (recorded !== undefined && 'archive' in recorded) {
    const entries = archiveIn(came)
    if (entries === undefined) yield 'an archive was recorded, something else came'
    else yield* archiveDifferences(recorded.archive, entries, ignored)
    return
  }
  if (recorded === undefined && came.length === 0) return
  const bytes = fromContent(recorded)
  if (bytes.equals(came)) return
  const [one, other] = [archiveIn(bytes), archiveIn(came)]
  if (one !== undefined && other !== undefined) return yield* archiveDifferences(one, other, ignored)
  const [oneJson, otherJson] = [parsed(bytes), parsed(came)]
  if (oneJson !== undefined && otherJson !== undefined) {
    return yield* valueDifferences(oneJson, otherJson, '', comparison, ignored)
  }
  if (!comparison.same(bytes.toString('latin1'), came.toString('latin1'))) yield bytesDifference(bytes, came)
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
  came: unknown,
  place: string,
  comparison: Comparison,
  ignored: Ignored,
): Differences {
  if (ignored(place)) return
  if (/(^|\.)Env$/.test(place) && isTexts(recorded) && isTexts(came)) {
    yield* variableDifferences(recorded, came, place, comparison, ignored)
  } else if (Array.isArray(recorded) && Array.isArray(came)) {
    for (let index = 0; index < Math.max(recorded.length, came.length); index++)
      yield* valueDifferences(recorded[index], came[index], `${place}[${index}]`, comparison, ignored)
  } else if (isObject(recorded) && isObject(came)) {
    for (const key of new Set([...Object.keys(recorded), ...Object.keys(came)])) {
      if (ownLabel.test(key)) continue
      yield* valueDifferences(
        recorded[key],
        came[key],
        place === '' ? key : `${place}.${key}`,
        comparison,
        ignored,
      )
    }
  } else if (!sameValue(recorded, came, comparison)) yield clause(place, recorded, came)
}

function sameValue(recorded: unknown, came: unknown, comparison: Comparison): boolean {
  return typeof recorded === 'string' && typeof came === 'string'
    ? comparison.same(recorded, came)
    : recorded === came
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(one => typeof one === 'string')
}

/** Variables have no order. Their names are always compared, their values where the recording has them. */
function* variableDifferences(
  recorded: readonly string[],
  came: readonly string[],
  place: string,
  comparison: Comparison,
  ignored: Ignored,
): Differences {
  const [before, now] = [variables(recorded), variables(came)]
  for (const name of new Set([...before.keys(), ...now.keys()])) {
    if (ignored(`${place}.${name}`)) continue
    const [one, other] = [before.get(name), now.get(name)]
    if (other === undefined) yield `${place} ${name} was recorded, and did not come`
    else if (one === undefined) yield `${place} ${name} came, and was not recorded`
    else if (!/^\**$/.test(one) && !comparison.same(one, other)) yield clause(`${place} ${name}`, one, other)
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

/** Owners and times are those of a machine; of a mode, only that a file can be executed is the same on all. */
function* archiveDifferences(
  recorded: readonly ArchiveEntry[],
  came: readonly ArchiveEntry[],
  ignored: Ignored,
): Differences {
  const byName = (entries: readonly ArchiveEntry[]) =>
    new Map(entries.map(entry => [entry.name.replace(/^(\.\/)+|\/+$/g, '') || '.', entry]))
  const [before, now] = [byName(recorded), byName(came)]
  for (const name of new Set([...before.keys(), ...now.keys()])) {
    if (ignored(name)) continue
    const [one, other] = [before.get(name), now.get(name)]
    if (other === undefined) yield `${name} was recorded, and did not come`
    else if (one === undefined) yield `${name} came, and was not recorded`
    else yield* entryDifferences(name, one, other)
  }
}

function* entryDifferences(name: string, one: ArchiveEntry, other: ArchiveEntry): Differences {
  if (one.type !== other.type) yield clause(name, one.type ?? 'file', other.type ?? 'file')
  if (one.link !== other.link) yield clause(`${name} link`, one.link, other.link)
  if (isExecutable(one) !== isExecutable(other))
    yield `${name} mode ${one.mode} was recorded, ${other.mode} came`
  if (one.text !== other.text && one.text !== undefined && other.text !== undefined) {
    if (!/\[secret:\d+\]/.test(one.text)) yield clause(name, one.text, other.text)
  } else if (one.text !== other.text || one.base64 !== other.base64) yield `${name} has other content`
}

function isExecutable({ type, mode }: ArchiveEntry): boolean {
  return type === undefined && (Number.parseInt(mode, 8) & 0o111) !== 0
}

/** Where two runs of bytes part. */
export function bytesDifference(recorded: Buffer, came: Buffer): string {
  const end = Math.max(recorded.length, came.length)
  let at = 0
  while (at < end && recorded[at] === came[at]) at++
  const excerpt = (bytes: Buffer) => (at < bytes.length ? bytes.toString('utf8', at, at + 60) : undefined)
  return clause(`byte ${at}`, excerpt(recorded), excerpt(came))
}

/** `Cmd[2] "cat" was recorded, "rm" came`. */
export function clause(place: string, recorded: unknown, came: unknown): string {
  if (came === undefined) return `${place} ${shown(recorded)} was recorded, and did not come`
  if (recorded === undefined) return `${place} ${shown(came)} came, and was not recorded`
  return `${place} ${shown(recorded)} was recorded, ${shown(came)} came`
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}
