import {
  amount,
  type Check,
  type Checks,
  checkAll,
  checkRequired,
  count,
  cpuCount,
  isPlain,
  listOfText,
  must,
  path,
  text,
} from './checks.ts'
import type { SwarmFile, SwarmOptions } from './options.ts'

const swarmFileChecks: Checks<SwarmFile> = {
  source: value => must(typeof value === 'string' && value !== '', 'must be a name or an id'),
  target: path,
  uid: text,
  gid: text,
  mode: amount('file mode bits'),
}

const swarmFiles = (option: string): Check => {
  return value => {
    must(Array.isArray(value), 'must be a list of names, or of { source, target, uid, gid, mode }')
    for (const [index, file] of value.entries()) {
      if (typeof file === 'string' && file !== '') continue
      must(isPlain(file), 'must hold names or objects: write { source, target }')
      checkRequired(file, swarmFileChecks, `${option}[${index}].`, ['source'])
    }
  }
}

const swarmChecks: Checks<SwarmOptions> = {
  constraints: listOfText("['node.labels.disk==ssd']"),
  spread: listOfText("['node.labels.zone']"),
  replicas: count,
  maxConcurrent: count,
  reserveMemory: amount('bytes'),
  reserveCpus: cpuCount,
  secrets: swarmFiles('swarm.secrets'),
  configs: swarmFiles('swarm.configs'),
  pendingTimeout: amount('milliseconds'),
}

/** Refuses options of a Swarm that do not exist, and values that they can't have. */
export const checkSwarm: Check = value => {
  must(isPlain(value), 'must be an object: write {}, or { constraints, replicas, … }')
  checkAll(value, swarmChecks, 'swarm.')
}
