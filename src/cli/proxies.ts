import { join } from 'node:path'
import { configDirectory } from '../host/config-directory.ts'
import { readRegularFile } from '../host/read-file.ts'
import type { RunOptions } from '../run/options.ts'
import { type EngineFlags, hostsOf } from './flags/engine.ts'
import type { ProcessContext } from './process-context.ts'

const variables = [
  ['HTTP_PROXY', 'httpProxy'],
  ['HTTPS_PROXY', 'httpsProxy'],
  ['NO_PROXY', 'noProxy'],
  ['FTP_PROXY', 'ftpProxy'],
  ['ALL_PROXY', 'allProxy'],
] as const

/** The run with the variables that docker run adds from `proxies` of config.json, in both spellings, unless it sets them itself. */
export async function withProxies(
  request: RunOptions,
  engine: EngineFlags['engine'],
  { env }: ProcessContext,
): Promise<RunOptions> {
  const proxies = await readProxies(configDirectory(engine.config, env))
  const settings = fieldsOf((await ownProxies(proxies, engine, env)) ?? proxies.get('default'))
  const given = request.container?.Env ?? []
  const names = new Set(given.map(text => text.split('=', 1)[0]))
  const added = variables.flatMap(([name, field]) => {
    const value = settings.get(field)
    if (typeof value !== 'string' || value === '') return []
    return [name, name.toLowerCase()].filter(name => !names.has(name)).map(name => `${name}=${value}`)
  })
  if (added.length === 0) return request
  return { ...request, container: { ...request.container, Env: [...given, ...added] } }
}

/** Those of the Engine's address, by whatever way it is named. Which of several Engines is used is not known yet: none. */
async function ownProxies(
  proxies: ReadonlyMap<string, unknown>,
  engine: EngineFlags['engine'],
  env: ProcessContext['env'],
): Promise<unknown> {
  const [host, ...others] = hostsOf(engine)
  if (others.length > 0 || [...proxies.keys()].every(key => key === 'default')) return undefined
  const { locate } = await import('../engine/address/locate.ts')
  // An Engine that can't be found is reported by the run.
  const address = await locate({ ...engine, host, env: { ...env } }).catch(() => undefined)
  return address && proxies.get(address.text)
}

/** None where the file is absent or can't be used: a job does not fail for its sake. */
async function readProxies(directory: string | undefined): Promise<Map<string, unknown>> {
  if (directory === undefined) return new Map()
  try {
    const text = (await readRegularFile(join(directory, 'config.json'))).toString('utf8')
    return fieldsOf(fieldsOf(JSON.parse(text)).get('proxies'))
  } catch {
    return new Map()
  }
}

function fieldsOf(value: unknown): Map<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}
