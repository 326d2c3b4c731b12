import { HoldfastError } from './failure.ts'
import { InvalidValueError } from './invalid.ts'
import { nearest } from './nearest.ts'

/** @throws {InvalidValueError} for a value that the option can't have. It is not called for undefined. */
export type Check = (value: unknown) => void
/** A check for each option. */
export type Checks<Options> = { readonly [K in keyof Options]-?: Check }

export const isText = (value: unknown) => typeof value === 'string'
export const text: Check = value => must(isText(value), 'must be a string')
export const boolean: Check = value => must(typeof value === 'boolean', 'must be true or false')
export const amount = (unit: string): Check => {
  const problem = `must be a whole number of ${unit}, 0 or more`
  return value => must(Number.isSafeInteger(value) && Number(value) >= 0, problem)
}
export const oneOf = (choices: readonly string[]): Check => {
  return value =>
    must(
      choices.some(choice => choice === value),
      `must be one of ${choices.join(', ')}`,
    )
}
export const list = (of: Check, example: string): Check => {
  return value => {
    must(Array.isArray(value), `must be a list, such as ${example}`)
    for (const item of value) of(item)
  }
}
export const listOfText = (example: string) =>
  list(value => must(typeof value === 'string', 'must hold strings'), example)
export const path: Check = value =>
  must(typeof value === 'string' && value !== '' && !value.includes('\0'), 'must be a path')
export const containerPath: Check = value =>
  must(
    typeof value === 'string' && value.startsWith('/') && !value.includes('\0'),
    'must be an absolute path of the container',
  )

export const count: Check = value =>
  must(Number.isSafeInteger(value) && Number(value) > 0, 'must be a whole number greater than 0')
export const cpuCount: Check = value =>
  must(Number.isFinite(value) && Number(value) >= 0, 'must be a number, 0 or greater')

/** As {@link checkAll}, of an object that must have all these fields. */
export function checkRequired(
  options: object,
  checks: Readonly<Record<string, Check>>,
  prefix: string,
  required: readonly string[],
): void {
  checkAll(options, checks, prefix)
  for (const name of required) named(prefix + name, () => checks[name]?.(Reflect.get(options, name)))
}

/** Refuses fields that have no check, and values that theirs refuses. `prefix` comes before a field's name in messages. */
export function checkAll(options: object, checks: Readonly<Record<string, Check>>, prefix = ''): void {
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) throw unknown(prefix + name, prefix, Object.keys(checks))
    if (value !== undefined) named(prefix + name, () => check(value))
  }
}

/** Puts the option's name before the refusal of its value. */
export function named(option: string, check: () => void): void {
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

export function must(fact: boolean, problem: string): asserts fact {
  if (!fact) throw new InvalidValueError(problem)
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** An object whose fields are what it holds: no list, no Map. */
export function isPlain(value: unknown): value is object {
  return isObject(value) && !Array.isArray(value) && !(Symbol.iterator in value)
}
