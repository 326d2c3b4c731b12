import { join } from 'node:path'
import { homeDirectory } from './home.ts'

/** Docker's configuration directory: the one given, else `DOCKER_CONFIG`, else `~/.docker`; undefined without a home. */
export function configDirectory(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const directory = given || env.DOCKER_CONFIG
  if (directory) return directory
  const home = homeDirectory(env)
  return home && join(home, '.docker')
}
