import { InvalidValueError } from '../../run/invalid.ts'
import { cut } from '../cut.ts'
import { lookup, type ProcessContext } from '../process-context.ts'
import { quote } from '../quote.ts'
import { readGivenFile } from './file.ts'
import type { Kind } from './kind.ts'

/** `NAME=VALUE`; `NAME` takes our own value, and unsets the variable where we have none. */
export const variable: Kind<string> = {
  meta: 'NAME[=VALUE]',
  secret: true,
  parse(text, { env }) {
    const [name, value = lookup(env, name)] = cut(text, '=')
    if (name === '') throw new InvalidValueError('must have a name before "="', 'Write NAME=VALUE, or NAME.')
    return value === undefined ? name : `${name}=${value}`
  },
}

/** `NAME=VALUE`, or `NAME` for an empty value. */
export const label: Kind<[name: string, value: string]> = {
  meta: 'NAME[=VALUE]',
  secret: true,
  parse(text) {
    const [name, value = ''] = cut(text, '=')
    if (name === '') throw new InvalidValueError('must have a name before "="', 'Write NAME=VALUE.')
    if (/\s/.test(name)) throw new InvalidValueError(`${quote(name)} must not have spaces in its name`)
    return [name, value]
  },
}

/** `KEY=VALUE` for a map of the Engine, which judges it; the value may be secret, as of a logging driver. */
export const pair: Kind<[name: string, value: string]> = {
  meta: 'KEY=VALUE',
  secret: true,
  parse(text) {
    const [name, value = ''] = cut(text, '=')
    return [name, value]
  },
}

/** `KEY=VALUE` with both. */
export const fullPair: Kind<[name: string, value: string]> = {
  meta: 'KEY=VALUE',
  parse(text) {
    const [name, value] = cut(text, '=')
    if (name !== '' && value !== undefined) return [name, value]
    throw new InvalidValueError('must be KEY=VALUE')
  },
}

const sysctls =
  /^(net\.|fs\.mqueue\.|kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)$)/

/** A kernel parameter that belongs to a namespace. */
export const sysctl: Kind<[name: string, value: string]> = {
  meta: 'NAME=VALUE',
  parse(text) {
    const [name, value] = cut(text, '=')
    if (value !== undefined && sysctls.test(name)) return [name, value]
    throw new InvalidValueError(
      'must be a parameter of net., fs.mqueue. or kernel. that has a namespace, and its value',
    )
  },
}

/** `TEXT=OTHER`: what to write in place of a text. */
export const replacement: Kind<[from: string, to: string]> = {
  meta: 'TEXT=OTHER',
  parse(text) {
    const [from, to] = cut(text, '=')
    if (from !== '' && to !== undefined) return [from, to]
    throw new InvalidValueError('must be TEXT=OTHER')
  },
}

// bufio.MaxScanTokenSize, less the line's end.
const longest = 64 * 1024 - 1
const bom = [0xef, 0xbb, 0xbf]
const form = 'Write a line as NAME=VALUE or NAME: no quotes, no "export", no spaces in the name.'

/** The variables of an env-file, as docker's kvfile reads it: values are verbatim, a bare name takes our own value. */
export const variableFile: Kind<string[]> = {
  meta: 'FILE',
  complete: 'file',
  parse: (path, context) =>
    [...pairsOf(path, context)].flatMap(({ name, value = lookup(context.env, name) }) =>
      value === undefined ? [] : [`${name}=${value}`],
    ),
}

/** The labels of a file, in the same form; docker ignores a bare name. */
export const labelFile: Kind<[name: string, value: string][]> = {
  meta: 'FILE',
  complete: 'file',
  parse: (path, context) =>
    [...pairsOf(path, context)].flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
}

function* pairsOf(
  path: string,
  context: ProcessContext,
): Generator<{ name: string; value: string | undefined }> {
  let number = 0
  for (const bytes of lines(readGivenFile(path, context))) {
    number += 1
    const line = parseLine(bytes, number)
    if (line !== undefined) yield line
  }
}

// Messages name the line by its number only: all of it may be a secret.
function parseLine(
  bytes: Uint8Array,
  number: number,
): { name: string; value: string | undefined } | undefined {
  const bad = (problem: string) => new InvalidValueError(`has a bad line ${number}: ${problem}`, form)
  if (bytes.length > longest) throw bad('it is longer than 64 KiB')
  const line = decode(bytes, bad).replace(/^(?:\u0085|(?!\ufeff)\s)+/u, '')
  if (line === '' || line.startsWith('#')) return undefined
  if (line.includes('\0')) throw bad('it has a NUL')
  const [name, value] = cut(line, '=')
  if (name === '') throw bad('it has no name before "="')
  if (/[ \t]/.test(name)) throw bad('the name of the variable has a space')
  return { name, value }
}

function decode(bytes: Uint8Array, bad: (problem: string) => InvalidValueError): string {
  const end = bytes.at(-1) === 0x0d ? -1 : bytes.length
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end))
  } catch {
    throw bad('it is not UTF-8')
  }
}

function* lines(file: Uint8Array): Generator<Uint8Array> {
  let start = bom.every((byte, at) => file[at] === byte) ? bom.length : 0
  while (start < file.length) {
    const found = file.indexOf(0x0a, start)
    const end = found === -1 ? file.length : found
    yield file.subarray(start, end)
    start = end + 1
  }
}

// A field, quoted or not, and what ends it.
const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/y

/** The fields of one CSV record, by the rules of Go's encoding/csv. */
export function parseCsv(text: string): string[] {
  const fields: string[] = []
  let more = true
  for (let at = 0; more; at = field.lastIndex) {
    field.lastIndex = at
    const [whole, quoted, plain = '', end] = field.exec(text) ?? []
    if (whole === undefined) {
      throw new InvalidValueError(
        `must be CSV, and field ${fields.length + 1} is not`,
        'Put quotes around a whole field ("volume-opt=o=a,b"), double the ones inside it, and stay on one line.',
      )
    }
    fields.push(quoted?.replaceAll('""', '"') ?? plain)
    more = end === ','
  }
  return fields
}
