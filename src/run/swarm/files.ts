import { isStatus } from '../../engine/error.ts'
import type { ConfigReference, FileTarget, SecretReference } from '../../engine/swarm-wire.ts'
import { HoldfastError } from '../failure.ts'
import type { SwarmFile } from '../options.ts'
import type { RunContext } from '../run-context.ts'

const readable = 0o444

/** The secrets and configs that a job is given, by their ids. One that the Swarm does not have is a usage error. */
export async function taskFiles(
  context: RunContext,
): Promise<{ Secrets?: SecretReference[]; Configs?: ConfigReference[] }> {
  const { secrets = [], configs = [] } = context.options.swarm ?? {}
  const Secrets = await Promise.all(
    secrets.map(async secret => {
      const { ID, name, file } = await find(context, 'secret', secret)
      return { SecretID: ID, SecretName: name, File: file }
    }),
  )
  const Configs = await Promise.all(
    configs.map(async config => {
      const { ID, name, file } = await find(context, 'config', config)
      return { ConfigID: ID, ConfigName: name, File: file }
    }),
  )
  return { ...(Secrets.length > 0 && { Secrets }), ...(Configs.length > 0 && { Configs }) }
}

async function find(
  { engine, grace, signal }: RunContext,
  noun: 'secret' | 'config',
  given: string | SwarmFile,
): Promise<{ ID: string; name: string; file: FileTarget }> {
  const { source, ...file } = typeof given === 'string' ? { source: given } : given
  const inspect = () => (noun === 'secret' ? engine.secrets : engine.configs).inspect(source, { signal })
  const { ID, Spec } = await grace.untilAnswered(inspect, { signal }).catch(error => {
    if (!isStatus(error, 404)) throw error
    const message = `the Swarm has no ${noun} ${JSON.stringify(source)}`
    const hint = `Create it: \`docker ${noun} create ${source} FILE\`.`
    throw new HoldfastError('usage', message, { engineMessage: error.engineMessage, hint, cause: error })
  })
  return { ID, name: Spec.Name, file: target(Spec.Name, file) }
}

function target(
  name: string,
  { target = name, uid = '0', gid = '0', mode = readable }: Partial<SwarmFile>,
): FileTarget {
  return { Name: target, UID: uid, GID: gid, Mode: mode }
}
