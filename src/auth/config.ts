import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { CredentialError } from './error.ts'
import { type JsonObject, jsonObject, member, parseJsonObject } from './json.ts'

const SIZE_LIMIT = 4 * 1024 * 1024

/** What Docker's config.json says about credentials. */
export interface DockerConfig {
  /** Its path, for messages. */
  readonly file: string
  /** By registry or URL, in the file's order. An entry is checked when it is wanted: a broken one harms no other. */
  readonly auths: JsonObject
  /** Helper names by registry; '' keeps a registry in the file. */
  readonly credHelpers: ReadonlyMap<string, string>
  /** The helper for all other registries; '' for none. */
  readonly credsStore: string
}

/** Docker's configuration directory: the one given, else `DOCKER_CONFIG`, else `~/.docker`. */
export function configDirectory(given: string | undefined, env: NodeJS.ProcessEnv): string {
  return given || env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker')
}

/**
 * Reads config.json; a missing or empty one has no entries.
 * @throws {CredentialError} when it is unreadable or not what Docker writes. `signal.reason` when the signal aborts.
 */
export async function loadConfig(directory: string, signal: AbortSignal): Promise<DockerConfig> {
  const file = join(directory, 'config.json')
  const text = await readText(file, signal)
  const root = text.trim() === '' ? new Map() : parseJsonObject(text)
  if (root === undefined) throw malformed(file, 'it is not a JSON object')
  return {
    file,
    auths: section(root, 'auths', file),
    credHelpers: helperNames(section(root, 'credHelpers', file), file),
    credsStore: helperName(member(root, 'credsStore') ?? '', 'credsStore', file),
  }
}

/** The error for a config.json whose `flaw` (a clause, without anything that the file holds but keys) makes it useless. */
export function malformed(file: string, flaw: string): CredentialError {
  return new CredentialError(`${file} is malformed: ${flaw}`, {
    about: file,
    hint: 'correct or remove it, log in anew with docker login, or name another directory in DOCKER_CONFIG',
  })
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
    hint: 'make it a file that this user may read, or name another directory in DOCKER_CONFIG',
  })
}

function section(root: JsonObject, name: string, file: string): JsonObject {
  const found = member(root, name)
  const object = found === undefined ? new Map() : jsonObject(found)
  if (object === undefined) throw malformed(file, `${name} is not an object`)
  return object
}

function helperNames(helpers: JsonObject, file: string): ReadonlyMap<string, string> {
  const where = 'a value in credHelpers'
  return new Map([...helpers].map(([key, value]) => [key, helperName(value ?? '', where, file)]))
}

function helperName(value: unknown, where: string, file: string): string {
  if (typeof value !== 'string') throw malformed(file, `${where} is not a string`)
  return value
}
