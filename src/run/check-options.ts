import { HoldfastError } from './failure.ts'
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
  for (const key of ['memory', 'capture'] as const) checkAmount(key, 'bytes', options[key])
  for (const key of ['timeout', 'stopGrace', 'maxStale'] as const) {
    checkAmount(key, 'milliseconds', options[key])
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
  if (typeof image !== 'string') throw wrong('image', "is no text: write { image: 'alpine:3' }")
  if (platform !== undefined) parsePlatform(platform)
  if (breaker === '') throw wrong('breaker', 'names no directory')
  if (typeof pullTimeout !== 'object' || pullTimeout === null)
    throw wrong('pullTimeout', 'is no object: write { connect, idle, total }, in milliseconds')
  for (const [key, value] of Object.entries(pullTimeout)) {
    if (!limits.includes(key)) throw wrong(`pullTimeout.${key}`, `is none of ${limits.join(', ')}`)
    checkAmount(`pullTimeout.${key}`, 'milliseconds', value)
  }
}

const limits: readonly string[] = ['connect', 'idle', 'total'] satisfies (keyof PullTimeout)[]

function checkAmount(key: string, unit: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return
  throw wrong(key, `is not a whole number of ${unit}, 0 or more`)
}

function wrong(option: string, problem: string): HoldfastError {
  return new HoldfastError('usage', `the option ${option} ${problem}`)
}
