import { createReadStream } from 'node:fs'
import { HoldfastError } from '../failure.ts'
import type { SecretFiles, SecretSource } from '../secret-files.ts'

/** Bytes of all secrets of a container together. */
const limit = 1024 * 1024
/** A shorter one would be found in words that have nothing to do with it. */
const shortest = 4

/** Reads the secrets of a run; undefined where it has none. One that can't be read is a usage error. */
export async function readSecrets(
  secrets: Readonly<Record<string, SecretSource>>,
  signal: AbortSignal,
): Promise<SecretFiles | undefined> {
  const files = new Map<string, Uint8Array>()
  let left = limit
  for (const [name, source] of Object.entries(secrets)) {
    const content = await contentOf(name, source, signal)
    left -= content.length
    if (left < 0)
      throw unusable(name, 'is too large', 'The secrets of a container have at most 1 MiB together.')
    files.set(name, content)
  }
  return files.size === 0 ? undefined : files
}

/** The secrets as texts, to be looked for in messages: without the newline that ends most files. */
export function secretTexts(files: SecretFiles): string[] {
  return [...files.values()]
    .map(content => Buffer.from(content).toString('utf8').trim())
    .filter(text => Buffer.byteLength(text) >= shortest)
}

async function contentOf(name: string, source: SecretSource, signal: AbortSignal): Promise<Uint8Array> {
  if (typeof source === 'string') return Buffer.from(source)
  if (source instanceof Uint8Array) return source
  if ('file' in source) return read(name, source.file, signal)
  const value = process.env[source.env]
  if (value !== undefined) return Buffer.from(value)
  throw unusable(name, `can't be read: the variable ${source.env} is not set`, `Set ${source.env}.`)
}

// A pipe is read, too: a shell's <(command) is one.
async function read(name: string, file: string, signal: AbortSignal): Promise<Uint8Array> {
  const pieces: Buffer[] = []
  try {
    // One byte more than all secrets may have.
    for await (const piece of createReadStream(file, { end: limit, signal })) pieces.push(piece)
  } catch (cause) {
    signal.throwIfAborted()
    const { code } = cause as NodeJS.ErrnoException
    throw unusable(name, `can't be read (${code})`, `Name a file that can be read: ${file}.`, cause)
  }
  return Buffer.concat(pieces)
}

function unusable(name: string, problem: string, hint: string, cause?: unknown): HoldfastError {
  return new HoldfastError('usage', `the secret ${name} ${problem}`, { hint, cause })
}
