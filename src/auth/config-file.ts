import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type DockerConfig, parseConfig } from './config.ts'
import { CredentialError } from './error.ts'

const SIZE_LIMIT = 4 * 1024 * 1024

/** Docker's configuration directory: the one given, else `DOCKER_CONFIG`, else `~/.docker`. */
export function configDirectory(given: string | undefined, env: NodeJS.ProcessEnv): string {
  return given || env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker')
}

/**
 * Reads config.json; a missing or empty one has no entries.
 * @throws {CredentialError} when it is unreadable or no JSON object. `signal.reason` when the signal aborts.
 */
export async function loadConfig(directory: string, signal: AbortSignal): Promise<DockerConfig> {
  const file = join(directory, 'config.json')
  return parseConfig(await readText(file, signal), { source: 'config.json', name: file })
}

async function readText(file: string, signal: AbortSignal): Promise<string> {
  try {
    const status = await stat(file)
    // Anything else, as a pipe or /dev/zero, may never end.
    if (!status.isFile()) throw unreadable(file, 'not a regular file')
    if (status.size > SIZE_LIMIT) throw unreadable(file, `larger than ${SIZE_LIMIT} bytes`)
    return await readFile(file, { encoding: 'utf8', signal })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof CredentialError) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return ''
    throw unreadable(file, String(code))
  }
}

function unreadable(file: string, why: string): CredentialError {
  return new CredentialError(`cannot read ${file}: ${why}`, {
    about: file,
    hint: 'Make it a file that this user may read, or name another directory in DOCKER_CONFIG.',
  })
}
