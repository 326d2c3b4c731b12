import { checkSwarm } from './check-swarm.ts'
import {
  amount,
  boolean,
  type Check,
  type Checks,
  checkAll,
  checkRequired,
  containerPath,
  cpuCount,
  isObject,
  isPlain,
  isText,
  list,
  listOfText,
  must,
  named,
  oneOf,
  path,
  text,
} from './checks.ts'
import { checkContainer } from './container/fields.ts'
import { checkName } from './container/name.ts'
import type { Copy, CopyLimits } from './files/copies.ts'
import { checkKey } from './jobs/key.ts'
import {
  type ImageOptions,
  type PullTimeout,
  pullPolicies,
  type RunOptions,
  removePolicies,
  staleConditions,
} from './options.ts'
import { parsePlatform } from './platform.ts'
import { checkSecretName } from './secret-files.ts'

const pullTimeoutChecks: Checks<PullTimeout> = {
  connect: amount('milliseconds'),
  idle: amount('milliseconds'),
  total: amount('milliseconds'),
}

const imageChecks: Checks<ImageOptions & { image: string }> = {
  image: value => must(typeof value === 'string', "must be a string: write { image: 'alpine:3' }"),
  platform(value) {
    must(typeof value === 'string', 'must be a string')
    parsePlatform(value)
  },
  credentials: value =>
    must(typeof value === 'function' || isPlain(value), 'must be credentials or a function that gives them'),
  engineGrace: amount('milliseconds'),
  pullTimeout(value) {
    must(isPlain(value), 'must be an object: write { connect, idle, total }, in milliseconds')
    checkAll(value, pullTimeoutChecks, 'pullTimeout.')
  },
  breaker: value => must(typeof value === 'string' && value !== '', 'must be the path of a directory'),
  config: text,
  engine: value =>
    must(
      typeof value === 'string' || (Array.isArray(value) ? value.every(isText) : isObject(value)),
      'must be an address, a list of addresses, an Engine, or what connect() takes',
    ),
  signal: value => must(isSignal(value), 'must be an AbortSignal: write { signal: controller.signal }'),
  onEvent: value => must(typeof value === 'function', 'must be a function'),
}

const copyLimitChecks: Checks<CopyLimits> = {
  bytes: amount('bytes'),
  entries: amount('entries'),
  idle: amount('milliseconds'),
  total: amount('milliseconds'),
}

const copies = (option: string, checks: Checks<Copy>): Check => {
  return value => {
    must(Array.isArray(value), "must be a list, such as [{ from: './in', to: '/work/in' }]")
    for (const [index, copy] of value.entries()) {
      must(isPlain(copy), 'must hold objects: write { from, to }')
      checkRequired(copy, checks, `${option}[${index}].`, ['from', 'to'])
    }
  }
}

const runChecks: Checks<RunOptions> = {
  ...imageChecks,
  command: listOfText("['echo', 'hi']"),
  entrypoint(value) {
    if (typeof value !== 'string') listOfText("['sh', '-c']")(value)
  },
  env(value) {
    must(isPlain(value), "must be an object, such as { DAY: '2026-11-23' }")
    for (const [name, text] of Object.entries(value)) {
      must(name !== '' && !/[=\0]/.test(name), 'must not have a name that is empty or has "=" in it')
      must(typeof (text ?? '') === 'string', 'must hold strings, or null to unset a variable')
    }
  },
  workdir: text,
  user: text,
  name(value) {
    must(typeof value === 'string', 'must be a string')
    checkName(value)
  },
  labels(value) {
    must(isPlain(value), "must be an object, such as { team: 'data' }")
    must(
      Object.values(value).every(text => typeof text === 'string'),
      'must hold strings',
    )
  },
  volumes: listOfText("['/host:/container']"),
  mounts: list(value => must(isPlain(value), 'must hold objects'), "[{ Type: 'tmpfs', Target: '/tmp' }]"),
  network: text,
  memory: amount('bytes'),
  cpus: cpuCount,
  init: boolean,
  tty: boolean,
  container: checkContainer,
  tmpDir(value) {
    must(isPlain(value), "must be an object, such as { to: '/tmp/work' }")
    checkRequired(value, { to: containerPath, from: path }, 'tmpDir.', ['to'])
  },
  secrets(value) {
    must(isPlain(value), "must be an object, such as { token: { file: './token' } }")
    for (const [name, source] of Object.entries(value)) {
      checkSecretName(name)
      must(isSecretSource(source), 'must hold strings, bytes, { file } or { env }')
    }
  },
  stdin: value =>
    must(
      typeof value === 'string' ||
        value instanceof Uint8Array ||
        (isObject(value) && Symbol.asyncIterator in value),
      'must be a string, bytes, or an async iterable of bytes',
    ),
  pull: oneOf(pullPolicies),
  staleIf: oneOf(staleConditions),
  maxStale: amount('milliseconds'),
  timeout: amount('milliseconds'),
  idleTimeout: amount('milliseconds'),
  stopGrace: amount('milliseconds'),
  remove: oneOf(removePolicies),
  skipExitCodes: list(
    value =>
      must(
        Number.isInteger(value) && Number(value) > 0 && Number(value) < 256,
        'must hold numbers from 1 to 255',
      ),
    '[99]',
  ),
  result(value) {
    if (value === 'stdout' || value === 'last-line') return
    must(isPlain(value), "must be 'stdout', 'last-line' or { file }")
    checkRequired(value, { file: containerPath }, 'result.', ['file'])
  },
  capture: amount('bytes'),
  job(value) {
    must(typeof value === 'string', 'must be a string')
    checkKey(value)
  },
  detach: boolean,
  swarm: checkSwarm,
  resources: boolean,
  recordFailure: path,
  reject: boolean,
  copyIn: copies('copyIn', { from: path, to: containerPath }),
  copyOut: copies('copyOut', { from: containerPath, to: path }),
  copyLimits(value) {
    must(isPlain(value), 'must be an object: write { bytes, entries, idle, total }')
    checkAll(value, copyLimitChecks, 'copyLimits.')
  },
}

/** Refuses what can be known to be wrong with a run before any request: unknown names, and values an option can't have. */
export function checkRunOptions(options: RunOptions): void {
  named('image', () => imageChecks.image(options.image))
  checkAll(options, runChecks)
  checkTogether(options)
}

function checkTogether({ job, name, detach = false, stdin, copyOut = [] }: RunOptions): void {
  named('detach', () =>
    must(!detach || job !== undefined, 'must have a job key, by which the job is found again'),
  )
  named('name', () =>
    must(job === undefined || name === undefined, 'must be left out with a job key, which makes it'),
  )
  named('stdin', () => must(!detach || stdin === undefined, 'must be left out of a detached run'))
  named('copyOut', () => must(!detach || copyOut.length === 0, 'must be left out of a detached run'))
}

/** The same for what a run and a pull have in common. */
export function checkImageOptions(options: ImageOptions & { image: string }): void {
  named('image', () => imageChecks.image(options.image))
  checkAll(options, imageChecks)
}

function isSecretSource(value: unknown): boolean {
  if (typeof value === 'string' || value instanceof Uint8Array) return true
  if (!isPlain(value)) return false
  const [[key, place] = [], ...others] = Object.entries(value)
  return (key === 'file' || key === 'env') && typeof place === 'string' && others.length === 0
}

function isSignal(value: unknown): boolean {
  return isObject(value) && 'aborted' in value && 'addEventListener' in value
}
