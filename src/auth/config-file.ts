import { join } from 'node:path'
import { readRegularFile } from '../host/read-file.ts'
import { type DockerConfig, parseConfig } from './config.ts'
import { CredentialError } from './error.ts'

/**
 * Reads config.json; a missing or empty one has no entries.
 * @throws {CredentialError} when it is unreadable or no JSON object. `signal.reason` when the signal aborts.
 */
export async function loadConfig(directory: string | undefined, signal: AbortSignal): Promise<DockerConfig> {
  const file = join(directory ?? '', 'config.json')
  const text = directory === undefined ? '' : await readText(file, signal)
  return parseConfig(text, { source: 'config.json', name: file })
}

async function readText(file: string, signal: AbortSignal): Promise<string> {
  try {
    return (await readRegularFile(file, signal)).toString('utf8')
  } catch (error) {
    signal.throwIfAborted()
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw new CredentialError(`cannot read ${file}: ${String(code)}`, {
      about: file,
      hint: 'Make it a file that this user may read, or name another directory in DOCKER_CONFIG.',
    })
  }
}
