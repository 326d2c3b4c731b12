import { cut } from '../cut.ts'
import { lookup, type ProcessContext } from '../process-context.ts'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { readGivenFile } from './given-file.ts'

// bufio.MaxScanTokenSize, less the line's end.
const longest = 64 * 1024 - 1
const bom = [0xef, 0xbb, 0xbf]
const form = 'Write a line as NAME=VALUE or NAME: no quotes, no "export", no spaces in the name.'

/** The variables of an env-file, as docker's kvfile reads it: values are verbatim, a bare name takes our own value. */
export function parseEnvFile(
  path: string,
  where: string,
  world: ProcessContext,
): Array<[name: string, value: string]> {
  const variables: Array<[string, string]> = []
  let number = 0
  for (const bytes of lines(readGivenFile(path, where, world))) {
    number += 1
    const line = parseLine(
      bytes,
      what => new UsageError(`${where}: line ${number} of ${quote(path)} ${what}`, form),
    )
    if (line === undefined) continue
    const value = line.value ?? lookup(world.env, line.name)
    if (value !== undefined) variables.push([line.name, value])
  }
  return variables
}

// Of the line only its number is told: all of it may be a secret.
function parseLine(
  bytes: Uint8Array,
  bad: (what: string) => UsageError,
): { name: string; value: string | undefined } | undefined {
  if (bytes.length > longest) throw bad('is longer than 64 KiB')
  const line = decode(bytes, bad).replace(/^(?:\u0085|(?!\ufeff)\s)+/u, '')
  if (line === '' || line.startsWith('#')) return undefined
  if (line.includes('\0')) throw bad('has a NUL in it')
  const [name, value] = cut(line, '=')
  if (name === '') throw bad('has no name before "="')
  if (/[ \t]/.test(name)) throw bad('has a space in the name of the variable')
  return { name, value }
}

function decode(bytes: Uint8Array, bad: (what: string) => UsageError): string {
  const end = bytes.at(-1) === 0x0d ? -1 : bytes.length
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, end))
  } catch {
    throw bad('is not UTF-8')
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
