import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { EngineFlags } from './flags/engine.ts'
import { lookup, type ProcessContext } from './process-context.ts'

const variables = [
  ['HTTP_PROXY', 'httpProxy'],
  ['HTTPS_PROXY', 'httpsProxy'],
  ['NO_PROXY', 'noProxy'],
  ['FTP_PROXY', 'ftpProxy'],
  ['ALL_PROXY', 'allProxy'],
] as const

/** Larger than any configuration of docker. */
const limit = 1024 * 1024

/**
 * The variables that docker run adds from `proxies` of config.json, in both spellings, unless `--env` sets them. A file that
 * can't be read has none: a job does not fail for it.
 */
export function proxyVariables(
  { host = '', config }: EngineFlags['engine'],
  given: readonly string[],
  context: ProcessContext,
): string[] {
  const proxies = proxiesOf(config ?? configDirectory(context), context)
  const settings = fieldsOf(proxies.get(host) ?? proxies.get('default'))
  const names = new Set(given.map(text => text.split('=', 1)[0]))
  return variables.flatMap(([name, field]) => {
    const value = settings.get(field)
    if (typeof value !== 'string' || value === '') return []
    return [name, name.toLowerCase()].filter(name => !names.has(name)).map(name => `${name}=${value}`)
  })
}

function configDirectory({ env }: ProcessContext): string | undefined {
  const given = lookup(env, 'DOCKER_CONFIG')
  if (given) return given
  try {
    return join(lookup(env, 'HOME') || homedir(), '.docker')
  } catch {
    // A user without a home has no configuration.
    return undefined
  }
}

function proxiesOf(directory: string | undefined, { readFile }: ProcessContext): Map<string, unknown> {
  if (directory === undefined) return new Map()
  const file = join(directory, 'config.json')
  try {
    const stat = statSync(file)
    // A pipe would be waited for.
    if (!stat.isFile() || stat.size > limit) return new Map()
    return fieldsOf(fieldsOf(JSON.parse(new TextDecoder().decode(readFile(file)))).get('proxies'))
  } catch {
    return new Map()
  }
}

function fieldsOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}
