import type { ProcessContext } from '../process-context.ts'
import type { Kind } from '../values/kind.ts'

interface Names {
  readonly name: string
  /** One letter. */
  readonly short?: string
  readonly alias?: string
}

/**
 * A flag: its names, how its value is written, a line for the help, and where its value goes. Flags are put in the order of
 * their rows, not of the arguments: a row may look at what those above it have put.
 */
export interface Flag<Target> extends Names, Destination<Target> {
  readonly about: string
  /** The environment variable that has the value where the flag is not given. */
  readonly variable?: string
  /** The help does not list it: it has no effect. */
  readonly hidden?: true
  /** It is put before all others: it says how an error in one of them is printed. */
  readonly first?: true
  /** The heading that the help lists it under. Default: Options. */
  readonly group?: string
}

/** A flag of docker's that a command does not have: why, and what to write in its place. */
export interface Refused extends Names {
  readonly kind: Kind<unknown>
  readonly refused: string
  readonly instead: string
}

/** How a flag's value is written and where it goes. */
export interface Destination<Target> {
  readonly kind: Kind<unknown>
  /** The option of `run()`, or the field of Docker's create body, that it sets. */
  readonly sets?: string
  /** Parses a value and writes it to the target. */
  put(target: Target, text: string, context: ProcessContext): void
}

/** A destination that `write` describes. */
export function into<Target, T>(
  kind: Kind<T>,
  write: (target: Target, value: T) => void,
): Destination<Target> {
  return { kind, put: (target, text, context) => write(target, kind.parse(text, context)) }
}

/** The object of a target that has the field: `({ container }) => container`. */
type Owner<Target, Key extends string, Value> = (target: Target) => { [K in Key]?: Value | undefined }

/** The rows of a heading of the help. */
export function grouped<Target>(
  group: string,
  flags: readonly (Flag<Target> | Refused)[],
): (Flag<Target> | Refused)[] {
  return flags.map(flag => ({ ...flag, group }))
}

/** The owner of fields of the target itself. */
export const itself = <Target>(target: Target): Target => target

/** A field; the last value wins. */
export function set<Target, Key extends string, Value>(
  owner: Owner<Target, Key, NoInfer<Value>>,
  key: Key,
  kind: Kind<Value>,
): Destination<Target> {
  const write = (target: Target, value: Value) => {
    owner(target)[key] = value
  }
  return { ...into(kind, write), sets: key }
}

/** A list; each value is appended. */
export function add<Target, Key extends string, Item>(
  owner: Owner<Target, Key, NoInfer<Item>[]>,
  key: Key,
  kind: Kind<Item>,
): Destination<Target> {
  const write = (target: Target, item: Item) => {
    const object = owner(target)
    object[key] = [...(object[key] ?? []), item]
  }
  return { ...into(kind, write), sets: key }
}

/** A map; each value is an entry, and the last of a name wins. */
export function entry<Target, Key extends string, Value>(
  owner: Owner<Target, Key, Record<string, NoInfer<Value>>>,
  key: Key,
  kind: Kind<[name: string, value: Value]>,
): Destination<Target> {
  const write = (target: Target, [name, value]: [string, Value]) => {
    const object = owner(target)
    object[key] = { ...object[key], [name]: value }
  }
  return { ...into(kind, write), sets: key }
}
