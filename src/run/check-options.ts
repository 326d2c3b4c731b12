import { Failure } from './failure.ts'
import {
  type ImageOptions,
  type PullTimeout,
  pullPolicies,
  type RunOptions,
  removePolicies,
  staleConditions,
} from './options.ts'
import { parsePlatform } from './platform.ts'

/** Refuses what can be known to be wrong with a run without asking anybody. */
export function checkRunOptions(options: RunOptions): void {
  const { pull = 'missing', remove = 'always', staleIf = 'outage', cpus, name } = options
  checkImageOptions(options)
  if (!pullPolicies.includes(pull)) throw wrong('pull', `is none of ${pullPolicies.join(', ')}`)
  if (!removePolicies.includes(remove)) throw wrong('remove', `is none of ${removePolicies.join(', ')}`)
  if (!staleConditions.includes(staleIf)) throw wrong('staleIf', `is none of ${staleConditions.join(', ')}`)
  if (cpus !== undefined && !(cpus > 0 && Number.isFinite(cpus)))
    throw wrong('cpus', 'is not a positive number')
  if (name !== undefined && !/^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw wrong('name', 'is not a letter or digit followed by letters, digits, "_", "." or "-"')
  }
  for (const key of ['memory', 'capture', 'timeout', 'stopGrace', 'maxStale'] as const) {
    checkAmount(key, options[key])
  }
  for (const key of Object.keys(options.env ?? {})) {
    if (key === '' || /[=\0]/.test(key)) throw wrong('env', `has a name that is empty or has "=" in it`)
  }
}

/** The same for what a run and a pull have in common. */
export function checkImageOptions({
  image,
  platform,
  pullTimeout = {},
  breaker,
}: ImageOptions & { image: string }): void {
  if (typeof image !== 'string') throw wrong('image', 'is no text')
  if (platform !== undefined) parsePlatform(platform)
  if (breaker === '') throw wrong('breaker', 'names no directory')
  if (typeof pullTimeout !== 'object' || pullTimeout === null)
    throw wrong('pullTimeout', 'is no object: write { connect, idle, total }, in milliseconds')
  for (const key of ['connect', 'idle', 'total'] as const satisfies (keyof PullTimeout)[]) {
    checkAmount(`pullTimeout.${key}`, pullTimeout[key])
  }
}

function checkAmount(key: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return
  throw wrong(key, 'is not a whole number, 0 or more')
}

function wrong(option: string, problem: string): Failure {
  return new Failure('usage', `the option ${option} ${problem}`)
}
