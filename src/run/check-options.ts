import { checkContainer } from './container/fields.ts'
import { checkName } from './container/name.ts'
import { HoldfastError } from './failure.ts'
import type { Copy, CopyLimits } from './files/copies.ts'
import { InvalidValueError } from './invalid.ts'
import { checkKey } from './jobs/key.ts'
import { nearest } from './nearest.ts'
import {
  type ImageOptions,
  type PullTimeout,
  pullPolicies,
  type RunOptions,
  removePolicies,
  type SwarmFile,
  type SwarmOptions,
  staleConditions,
} from './options.ts'
import { parsePlatform } from './platform.ts'
import { checkSecretName } from './secret-files.ts'

/** @throws {InvalidValueError} for a value that the option can't have. It is not called for undefined. */
type Check = (value: unknown) => void
type Checks<Options> = { readonly [K in keyof Options]-?: Check }

const isText = (value: unknown) => typeof value === 'string'
const text: Check = value => must(isText(value), 'must be a string')
const boolean: Check = value => must(typeof value === 'boolean', 'must be true or false')
const amount = (unit: string): Check => {
  const problem = `must be a whole number of ${unit}, 0 or more`
  return value => must(Number.isSafeInteger(value) && Number(value) >= 0, problem)
}
const oneOf = (choices: readonly string[]): Check => {
  return value =>
    must(
      choices.some(choice => choice === value),
      `must be one of ${choices.join(', ')}`,
    )
}
const list = (of: Check, example: string): Check => {
  return value => {
    must(Array.isArray(value), `must be a list, such as ${example}`)
    for (const item of value) of(item)
  }
}
const listOfText = (example: string) =>
  list(value => must(typeof value === 'string', 'must hold strings'), example)
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

const path: Check = value =>
  must(typeof value === 'string' && value !== '' && !value.includes('\0'), 'must be a path')
const containerPath: Check = value =>
  must(
    typeof value === 'string' && value.startsWith('/') && !value.includes('\0'),
    'must be an absolute path of the container',
  )

const copies = (option: string, checks: Checks<Copy>): Check => {
  return value => {
    must(Array.isArray(value), "must be a list, such as [{ from: './in', to: '/work/in' }]")
    for (const [index, copy] of value.entries()) {
      must(isPlain(copy), 'must hold objects: write { from, to }')
      const prefix = `${option}[${index}].`
      checkAll(copy, checks, prefix)
      for (const [field, check] of Object.entries(checks))
        named(prefix + field, () => check(Reflect.get(copy, field)))
    }
  }
}

const count: Check = value =>
  must(Number.isSafeInteger(value) && Number(value) > 0, 'must be a whole number greater than 0')
const cpuCount: Check = value =>
  must(Number.isFinite(value) && Number(value) >= 0, 'must be a number, 0 or greater')

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
      const prefix = `${option}[${index}].`
      checkAll(file, swarmFileChecks, prefix)
      named(`${prefix}source`, () => swarmFileChecks.source(Reflect.get(file, 'source')))
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
    checkAll(value, { to: containerPath, from: path }, 'tmpDir.')
    named('tmpDir.to', () => containerPath(Reflect.get(value, 'to')))
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
    checkAll(value, { file: containerPath }, 'result.')
    named('result.file', () => containerPath(Reflect.get(value, 'file')))
  },
  capture: amount('bytes'),
  job(value) {
    must(typeof value === 'string', 'must be a string')
    checkKey(value)
  },
  detach: boolean,
  swarm(value) {
    must(isPlain(value), 'must be an object: write {}, or { constraints, replicas, … }')
    checkAll(value, swarmChecks, 'swarm.')
  },
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

function checkAll(options: object, checks: Readonly<Record<string, Check>>, prefix = ''): void {
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) throw unknown(prefix + name, prefix, Object.keys(checks))
    if (value !== undefined) named(prefix + name, () => check(value))
  }
}

function named(option: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error
    throw new HoldfastError('usage', `the option ${option} ${error.message}`, {
      hint: error.hint,
      cause: error,
    })
  }
}

function unknown(name: string, prefix: string, names: readonly string[]): HoldfastError {
  const close = nearest(name.slice(prefix.length), names)
  return new HoldfastError('usage', `the option ${name.slice(0, 60)} does not exist`, {
    hint: close === undefined ? `The options: ${names.join(', ')}.` : `Did you mean ${prefix}${close}?`,
  })
}

function must(fact: boolean, problem: string): asserts fact {
  if (!fact) throw new InvalidValueError(problem)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** An object whose fields are what it holds: no list, no Map. */
function isPlain(value: unknown): value is object {
  return isObject(value) && !Array.isArray(value) && !(Symbol.iterator in value)
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
