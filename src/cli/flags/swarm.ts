import type { SwarmOptions } from '../../run/options.ts'
import { duration } from '../values/duration.ts'
import { boolean, cpus, integer, text } from '../values/scalar.ts'
import { size } from '../values/size.ts'
import { placementPreference, swarmFile } from '../values/swarm.ts'
import { type Flag, grouped, into, itself, set } from './flag.ts'

/** What the flags of a job on a Swarm say. */
export interface SwarmFlags {
  onSwarm?: boolean
  swarm: SwarmOptions
}

const swarm = ({ swarm }: SwarmFlags) => swarm

/** The switch that the others need, and that says what a mount's path means. */
const swarmFlag: Flag<SwarmFlags> = {
  name: 'swarm',
  group: 'Swarm',
  first: true,
  about: 'Run the job on the nodes of the Swarm that the Engine manages',
  ...set(itself<SwarmFlags>, 'onSwarm', boolean),
}

/** The flags of {@link SwarmFlags}; those of docker service create have its names. */
export const swarmFlags = [
  swarmFlag,
  ...grouped<SwarmFlags>('Swarm', [
    {
      name: 'constraint',
      about: 'What a node must fulfil, as node.labels.disk==ssd',
      ...into(text('EXPRESSION'), ({ swarm }: SwarmFlags, constraint) => {
        swarm.constraints = [...(swarm.constraints ?? []), constraint]
      }),
      sets: 'constraints',
    },
    {
      name: 'placement-pref',
      about: 'Spread the tasks over the values of a label of the nodes',
      ...into(placementPreference, ({ swarm }: SwarmFlags, label) => {
        swarm.spread = [...(swarm.spread ?? []), label]
      }),
      sets: 'spread',
    },
    {
      name: 'replicas',
      about:
        'The number of tasks; each has its number as {{.Task.Slot}} in --env, --hostname and --mount. Default: 1',
      ...set(swarm, 'replicas', integer(1)),
    },
    {
      name: 'max-concurrent',
      about: 'How many tasks run at a time. Default: all',
      ...set(swarm, 'maxConcurrent', integer(1)),
    },
    {
      name: 'reserve-memory',
      about: 'Memory that a node must have left for a task',
      ...set(swarm, 'reserveMemory', size),
    },
    {
      name: 'reserve-cpus',
      about: 'CPUs that a node must have left for a task',
      ...into(cpus, ({ swarm }: SwarmFlags, billionths) => {
        swarm.reserveCpus = billionths / 1e9
      }),
    },
    {
      // --config is the directory of config.json.
      name: 'swarm-config',
      about: 'Give the tasks a config of the Swarm as a file',
      ...into(swarmFile, ({ swarm }: SwarmFlags, file) => {
        swarm.configs = [...(swarm.configs ?? []), file]
      }),
      sets: 'configs',
    },
    {
      name: 'pending-timeout',
      about: 'Give up when no node takes a task for DURATION',
      ...set(swarm, 'pendingTimeout', duration),
    },
  ]),
]

/** Where --secret goes with --swarm. */
export const swarmSecret = into(swarmFile, ({ swarm }: SwarmFlags, file) => {
  swarm.secrets = [...(swarm.secrets ?? []), file]
})
