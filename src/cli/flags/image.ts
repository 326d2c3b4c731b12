import { InvalidValueError } from '../../run/invalid.ts'
import { type ImageOptions, pullPolicies, type RunOptions, staleConditions } from '../../run/options.ts'
import { type ProgressMode, progressModes } from '../terminal/progress/modes.ts'
import { UsageError } from '../usage.ts'
import { duration, pullTimeout } from '../values/duration.ts'
import type { Kind } from '../values/kind.ts'
import { boolean, choice, passwordStdin, path, platform, registryUser } from '../values/scalar.ts'
import { graceFlag } from './engine.ts'
import { type Flag, into, itself, set } from './flag.ts'

type Policy = Pick<RunOptions, 'pull' | 'staleIf' | 'maxStale'>
type Options = Pick<ImageOptions, 'platform' | 'pullTimeout' | 'engineGrace' | 'breaker'>

/** What the flags of a command that makes images local say. */
export interface ImageFlags {
  options: Options
  registryUser?: string
  passwordStdin?: boolean
  progress?: ProgressMode
  quiet?: boolean
}

/** What the flags that decide when a registry is contacted say. */
export interface PolicyFlags {
  options: Policy
}

const options = <T>({ options }: { options: T }): T => options

/** The image's platform. */
export const platformFlag: Flag<{ options: Pick<Options, 'platform'> }> = {
  name: 'platform',
  about: "The image's platform. Default: DOCKER_DEFAULT_PLATFORM, else what the Engine has or picks",
  variable: 'DOCKER_DEFAULT_PLATFORM',
  ...set(options<Pick<Options, 'platform'>>, 'platform', platform),
}

/** The flags of {@link ImageFlags}. */
export const imageFlags: readonly Flag<ImageFlags>[] = [
  platformFlag,
  {
    name: 'pull-timeout',
    about:
      'How long a pull may take: DURATION is total; or connect, idle and total by name. 0 is no limit. ' +
      'Default: connect=30s,idle=2m,total=30m; connect=10s,idle=20s where refresh has a local copy',
    ...set(options<Options>, 'pullTimeout', pullTimeout),
  },
  {
    name: 'registry-user',
    about: "The registry's user, in place of what docker login has stored",
    ...set(itself<ImageFlags>, 'registryUser', registryUser),
    sets: 'credentials',
  },
  {
    name: 'registry-password-stdin',
    about: "Read that user's password from stdin, when a pull is about to go out",
    ...set(itself<ImageFlags>, 'passwordStdin', passwordStdin),
  },
  { ...graceFlag, ...set(options<Options>, 'engineGrace', duration) },
  {
    name: 'breaker',
    about: 'After 3 outages in 5 minutes, skip that registry for 1 minute; state is kept in DIR',
    ...set(options<Options>, 'breaker', path('DIR')),
  },
  {
    name: 'progress',
    about: 'How a pull is shown: bars on a terminal, lines, or nothing. Default: auto',
    ...set(itself<ImageFlags>, 'progress', choice(progressModes)),
  },
  {
    name: 'quiet',
    short: 'q',
    about: 'Print only errors, the STALE warning, and that a signal did not end the job',
    ...set(itself<ImageFlags>, 'quiet', boolean),
  },
]

/** The flags of {@link PolicyFlags}. */
export const policyFlags: readonly Flag<PolicyFlags>[] = [
  {
    name: 'pull',
    about: 'When to contact the registry; refresh runs the local image in an outage. Default: missing',
    ...set(options<Policy>, 'pull', choice(pullPolicies)),
  },
  {
    name: 'stale-if',
    about: 'With --pull refresh: which failures of a pull let the local image run. Default: outage',
    ...underRefresh('staleIf', choice(staleConditions)),
  },
  {
    name: 'max-stale',
    about: 'With --pull refresh: how old the local image may be, as 7d. Default: any age',
    ...underRefresh('maxStale', duration),
  },
]

// Under another policy it would be ignored.
function underRefresh<K extends 'staleIf' | 'maxStale'>(key: K, kind: Kind<NonNullable<Policy[K]>>) {
  return into(kind, ({ options }: PolicyFlags, value) => {
    if (options.pull !== 'refresh') throw new InvalidValueError('needs --pull refresh', 'Add --pull refresh.')
    options[key] = value
  })
}

/** The user whose password comes on stdin: each of the two flags needs the other. */
export function registryUserOf({
  registryUser: user,
  passwordStdin = false,
}: ImageFlags): string | undefined {
  if (user === undefined && passwordStdin) {
    throw new UsageError('--registry-password-stdin needs --registry-user', 'Add --registry-user NAME.')
  }
  if (user !== undefined && !passwordStdin) {
    throw new UsageError(
      '--registry-user needs --registry-password-stdin',
      'Add --registry-password-stdin, and pass the password on stdin.',
    )
  }
  return user
}
