/** Checks a value of the Engine's JSON and gives it its type. `at` is the path to the value, for messages. */
export type Shape<T> = (value: unknown, at: string) => T

/** A response does not have the shape that its operation needs; the message names the field, never its value. */
export class ShapeError extends Error {}

function mismatch(value: unknown, at: string, expected: string): ShapeError {
  const name = at === '' ? 'it' : at
  return new ShapeError(value === undefined ? `${name} is missing` : `${name} must be ${expected}`)
}

/** A string. */
export const text: Shape<string> = (value, at) => {
  if (typeof value === 'string') return value
  throw mismatch(value, at, 'a string')
}

/** A string that is not empty. */
export const name: Shape<string> = (value, at) => {
  if (text(value, at) !== '') return text(value, at)
  throw mismatch(value, at, 'a string that is not empty')
}

/** A number, whole or not. */
export const number: Shape<number> = (value, at) => {
  if (typeof value === 'number') return value
  throw mismatch(value, at, 'a number')
}

/** A whole number. */
export const integer: Shape<number> = (value, at) => {
  if (Number.isSafeInteger(value)) return number(value, at)
  throw mismatch(value, at, 'a whole number')
}

/** A process's exit status: 0 to 255. */
export const exitStatus: Shape<number> = (value, at) => {
  const status = integer(value, at)
  if (status >= 0 && status <= 255) return status
  throw mismatch(value, at, 'from 0 to 255')
}

export const boolean: Shape<boolean> = (value, at) => {
  if (typeof value === 'boolean') return value
  throw mismatch(value, at, 'true or false')
}

/** What may be absent. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, at) => (value === undefined ? undefined : shape(value, at))
}

/** What Go writes as `null` when it is empty, or leaves out. */
export function nullable<T>(shape: Shape<T>): Shape<T | null | undefined> {
  return (value, at) => (value === undefined || value === null ? value : shape(value, at))
}

export function listOf<T>(item: Shape<T>): Shape<T[]> {
  return (value, at) => {
    if (Array.isArray(value)) return value.map((each: unknown, index) => item(each, `${at}[${index}]`))
    throw mismatch(value, at, 'a list')
  }
}

/** An object whose values all have that shape. */
export function mapOf<T>(item: Shape<T>): Shape<Record<string, T>> {
  return (value, at) => {
    for (const [key, each] of Object.entries(plainObject(value, at)))
      item(each, `${at}[${JSON.stringify(key)}]`)
    return value as Record<string, T>
  }
}

/** An object with these fields; of its other fields nothing is known. */
export function object<T extends object>(
  fields: {
    readonly [K in keyof T]?: Shape<unknown>
  },
): Shape<T> {
  const shapes = Object.entries<Shape<unknown> | undefined>(fields)
  return (value, at) => {
    const given = plainObject(value, at)
    for (const [key, shape] of shapes) shape?.(given[key], at === '' ? key : `${at}.${key}`)
    return value as T
  }
}

function plainObject(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw mismatch(value, at, 'an object')
}
