import { mergeContainer } from '../../run/container/body.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import type { RunOptions } from '../../run/options.ts'
import { containerJson } from '../values/container-json.ts'
import { copyFromContainer, copyLimits, copyToContainer } from '../values/copy.ts'
import { detachKeys } from '../values/detach-keys.ts'
import { duration } from '../values/duration.ts'
import { result } from '../values/result.ts'
import { boolean, containerName, integer, jobKey, path, removal, stream } from '../values/scalar.ts'
import { type ContainerFlags, containerFlags, moreContainerFlags } from './container.ts'
import { dockerRun } from './docker.ts'
import { type EngineFlags, engineFlags } from './engine.ts'
import { fileFlags } from './files.ts'
import { add, type Flag, into, itself, type Refused, set } from './flag.ts'
import { type ImageFlags, imageFlags, policyFlags } from './image.ts'
import { networkFlags } from './network.ts'
import { resourceFlags } from './resources.ts'
import { type SwarmFlags, swarmFlags } from './swarm.ts'

/** What the flags of `holdfast run` say: Docker's flags of the container, ours of the options. */
export interface RunFlags extends EngineFlags, ContainerFlags, ImageFlags, SwarmFlags {
  options: Omit<RunOptions, 'image' | 'container'>
  interactive?: boolean
  /** The keys, as bytes, that leave the job running. */
  detachKeys?: Uint8Array | undefined
  /** The streams to connect; those of the container's output that are not among them are not printed. */
  attach?: ('stdin' | 'stdout' | 'stderr')[]
  /** A file to write the container's id to. */
  cidfile?: string
  dryRun?: boolean
  failOnGap?: boolean
  /** A file to write the outcome to; `-` is stderr. */
  outcome?: string
  /** A file to write the events to; `-` is stderr. */
  events?: string
}

const options = ({ options }: RunFlags) => options

/** The flags of {@link RunFlags}, in the order of the help. */
export const runFlags: readonly (Flag<RunFlags> | Refused)[] = [
  ...containerFlags,
  { name: 'name', about: "The container's name", ...set(options, 'name', containerName) },
  {
    name: 'interactive',
    short: 'i',
    about: 'Pass stdin on to the container',
    ...set(itself<RunFlags>, 'interactive', boolean),
    sets: 'stdin',
  },
  {
    name: 'detach-keys',
    about: 'With -it and --job: keys that leave the job running, as ctrl-p,ctrl-q. Default: none',
    ...set(itself<RunFlags>, 'detachKeys', detachKeys),
  },
  {
    name: 'attach',
    short: 'a',
    about: 'Print only this stream of the container: stdout or stderr',
    ...add(itself<RunFlags>, 'attach', stream),
  },
  {
    name: 'stop-timeout',
    about: 'Seconds from the stop signal to the kill. Default: 10',
    ...into(integer(-1), ({ container, options }: RunFlags, seconds) => {
      container.StopTimeout = seconds
      if (seconds >= 0) options.stopGrace = seconds * 1000
    }),
    sets: 'stopGrace',
  },
  {
    name: 'cidfile',
    about: "Write the container's id to FILE, which must not exist",
    ...set(itself<RunFlags>, 'cidfile', path('FILE')),
  },
  {
    name: 'fail-on-gap',
    about: 'Exit with 125 where output is known to be missing',
    ...set(itself<RunFlags>, 'failOnGap', boolean),
  },
  {
    name: 'dry-run',
    about: 'Print the request that would create the container, and do nothing',
    ...set(itself<RunFlags>, 'dryRun', boolean),
  },
  {
    name: 'rm',
    about: 'When to remove the container. Default: always',
    ...set(options, 'remove', removal),
  },
  {
    name: 'job',
    about: 'Make the run idempotent: one container for each KEY; a later run follows it',
    ...into(jobKey, ({ options }: RunFlags, key) => {
      if (options.name !== undefined)
        throw new InvalidValueError('makes the name of the container', 'Omit --name.')
      options.job = key
    }),
    sets: 'job',
  },
  {
    name: 'detach',
    short: 'd',
    about: 'With --job: end once the container has started, and print its id',
    ...into(boolean, ({ options }: RunFlags, detach) => {
      if (detach && options.job === undefined)
        throw new InvalidValueError('needs --job', 'Add --job KEY: a job is found again by its key.')
      options.detach = detach
    }),
    sets: 'detach',
  },
  {
    name: 'timeout',
    about: 'Stop the job after DURATION, as 90s or 1h30m',
    ...set(options, 'timeout', duration),
  },
  {
    name: 'idle-timeout',
    about: 'Stop the job when it has printed nothing for DURATION',
    ...set(options, 'idleTimeout', duration),
  },
  {
    name: 'skip-exit-code',
    about: 'An exit status by which the job says that it had nothing to do; the outcome is then skipped',
    ...into(integer(1, 255), ({ options }: RunFlags, code) => {
      options.skipExitCodes = [...(options.skipExitCodes ?? []), code]
    }),
    sets: 'skipExitCodes',
  },
  {
    name: 'copy-in',
    about: 'Copy a file or directory into the container before it starts',
    ...into(copyToContainer, ({ options }: RunFlags, copy) => {
      options.copyIn = [...(options.copyIn ?? []), copy]
    }),
  },
  {
    name: 'copy-out',
    about: 'Copy a file or directory out of the container after it has ended, also when it failed',
    ...into(copyFromContainer, ({ options }: RunFlags, copy) => {
      options.copyOut = [...(options.copyOut ?? []), copy]
    }),
  },
  ...fileFlags,
  {
    name: 'copy-limit',
    about: 'What one copy may take; 0 is no limit. Default: bytes=64g,entries=1000000,idle=2m,total=1h',
    ...set(options, 'copyLimits', copyLimits),
  },
  {
    name: 'result',
    about: "What the outcome has as result: stdout, its last line, or the container's JSON FILE",
    ...set(options, 'result', result),
  },
  {
    name: 'resources',
    about: 'Ask each second what the job uses; the outcome has its CPU seconds and peak memory',
    ...set(options, 'resources', boolean),
  },
  {
    name: 'outcome',
    about: 'Write the outcome to FILE as JSON; - is the last line of stderr',
    ...set(itself<RunFlags>, 'outcome', path('FILE')),
  },
  {
    name: 'events',
    about: 'Write every step of the run to FILE, one JSON object a line; - is stderr',
    ...set(itself<RunFlags>, 'events', path('FILE')),
  },
  {
    name: 'record-failure',
    about: 'If the run fails, write its conversation with the Engine to FILE, for holdfast replay',
    ...set(options, 'recordFailure', path('FILE')),
  },
  ...policyFlags,
  ...imageFlags,
  ...engineFlags,
  ...resourceFlags,
  ...networkFlags,
  ...moreContainerFlags,
  ...swarmFlags,
  {
    name: 'container-json',
    about: "Docker's create body, or a part of it, merged over what the flags say",
    group: 'Container',
    ...into(containerJson, (flags: RunFlags, json) => {
      flags.container = mergeContainer(flags.container, json)
    }),
  },
  ...dockerRun,
]
