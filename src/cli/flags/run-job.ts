import { removePolicies } from '../../run/options.ts'
import { parseBoolean } from '../values/boolean.ts'
import { parseCpus } from '../values/cpus.ts'
import { parseDuration } from '../values/duration.ts'
import { parseMemory } from '../values/memory.ts'
import { parseRemove } from '../values/remove.ts'
import { file } from './engine.ts'
import type { Flag } from './flag.ts'
import type { RunDraft } from './run-draft.ts'

/** The flags of `holdfast run` that say how the job is run and what it may use. */
export const jobFlags: readonly Flag<RunDraft>[] = [
  {
    name: 'memory',
    short: 'm',
    value: 'SIZE',
    about: 'Memory limit, as 512m or 1.5g',
    set({ run }, { text, where }) {
      run.memory = parseMemory(text, where)
    },
  },
  {
    name: 'cpus',
    value: 'NUMBER',
    about: 'CPU limit, as 1.5',
    set({ run }, { text, where }) {
      run.cpus = parseCpus(text, where)
    },
  },
  {
    name: 'init',
    bare: 'true',
    about: 'Run an init as process 1, which reaps and passes signals on',
    set({ run }, { text, where }) {
      run.init = parseBoolean(text, where)
    },
  },
  {
    name: 'rm',
    value: removePolicies.join('|'),
    bare: 'true',
    about: 'When to remove the container. Default: always',
    set({ run }, { text, where }) {
      run.remove = parseRemove(text, where)
    },
  },
  {
    name: 'timeout',
    value: 'DURATION',
    about: 'Stop the job after DURATION, as 90s or 1h30m',
    set({ run }, { text, where }) {
      run.timeout = parseDuration(text, where)
    },
  },
  {
    name: 'outcome',
    value: 'FILE',
    about: 'Write the outcome to FILE as JSON; - is the last line of stderr',
    set(draft, value) {
      draft.outcome = file(value)
    },
  },
]
