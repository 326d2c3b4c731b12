import { EngineError } from '../error.ts'

/** The newest API version supported: Engine 29.0. */
export const newestApi = '1.52'
/** The oldest API version supported: Engine 20.10. */
export const oldestApi = '1.41'

/** Compares versions as `1.41`: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number)
  const [majorB = 0, minorB = 0] = b.split('.').map(Number)
  return majorA - majorB || minorA - minorB
}

/** The lower of our version and the Engine's; ours where the Engine names none, as in the docker command. */
export function agreeOn(theirs: string | undefined, engine: string): string {
  if (theirs === undefined || !/^\d+\.\d+$/.test(theirs)) return newestApi
  if (compareVersions(theirs, oldestApi) < 0) {
    throw new EngineError(
      'api-too-old',
      `${engine} speaks API ${theirs}; holdfast needs ${oldestApi} or newer`,
      {
        hint: 'Update the Engine to Docker 20.10 or newer.',
      },
    )
  }
  return compareVersions(theirs, newestApi) < 0 ? theirs : newestApi
}

/** The version of `DOCKER_API_VERSION`, which disables negotiation. */
export function versionFromEnvironment(env: NodeJS.ProcessEnv): string | undefined {
  const asked = env.DOCKER_API_VERSION?.replace(/^v/, '')
  if (!asked) return undefined
  if (/^\d+\.\d+$/.test(asked)) return asked
  throw new EngineError(
    'usage',
    `DOCKER_API_VERSION is ${JSON.stringify(asked.slice(0, 40))}, which is not an API version`,
    {
      hint: `Write it as ${newestApi}, or unset it.`,
    },
  )
}
