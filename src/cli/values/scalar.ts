import { checkName } from '../../run/container/name.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import { checkKey } from '../../run/jobs/key.ts'
import { type RemovePolicy, removePolicies } from '../../run/options.ts'
import { parsePlatform, platformText } from '../../run/platform.ts'
import type { Kind } from './kind.ts'

// Go's strconv.ParseBool.
const truths = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map(text => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map(text => [text, false] as const),
])

/** `true` or `false`, and Go's short forms of them. */
export function parseBoolean(text: string): boolean {
  const truth = truths.get(text)
  if (truth !== undefined) return truth
  throw new InvalidValueError('must be true or false')
}

/** A switch. */
export const boolean: Kind<boolean> = { meta: '', bare: 'true', parse: parseBoolean }

/** Any text; an empty one is the same as no flag. */
export const text = (meta: string): Kind<string> => ({ meta, parse: text => text })

/** The path of a file or a directory. */
export const path = (meta: 'FILE' | 'DIR' | 'PATH'): Kind<string> => ({
  meta,
  complete: meta === 'DIR' ? 'directory' : 'file',
  parse(text) {
    if (text !== '') return text
    throw new InvalidValueError(
      'must be a path',
      `Write the path of a ${meta === 'DIR' ? 'directory' : 'file'}.`,
    )
  },
})

/** One of the texts in the list. */
export function parseChoice<T extends string>(choices: readonly T[], text: string): T {
  const choice = choices.find(candidate => candidate === text)
  if (choice !== undefined) return choice
  throw new InvalidValueError(`must be one of ${choices.join(', ')}`)
}

export const choice = <T extends string>(choices: readonly T[]): Kind<T> => ({
  meta: choices.join('|'),
  complete: choices,
  parse: text => parseChoice(choices, text),
})

export function parseInteger(text: string, min: number, max: number): number {
  const number = /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  const bounds = max < Number.MAX_SAFE_INTEGER ? ` from ${min} to ${max}` : min === 0 ? ', 0 or more' : ''
  throw new InvalidValueError(`must be a whole number${bounds}`)
}

/** A whole number. */
export const integer = (min: number, max = Number.MAX_SAFE_INTEGER): Kind<number> => ({
  meta: 'NUMBER',
  parse: text => parseInteger(text, min, max),
})

/** A whole number of the Engine's, which judges it. */
export const anyInteger = integer(Number.MIN_SAFE_INTEGER)

/** A stream of the container. */
export const stream: Kind<'stdin' | 'stdout' | 'stderr'> = {
  meta: 'STREAM',
  complete: ['stdout', 'stderr', 'stdin'],
  parse: text => parseChoice(['stdin', 'stdout', 'stderr'], text.toLowerCase()),
}

/** When to remove the container; docker's `--rm=true` is `always` and `--rm=false` is `never`. */
export const removal: Kind<RemovePolicy> = {
  ...choice(removePolicies),
  bare: 'true',
  parse(text) {
    const truth = truths.get(text)
    if (truth === undefined) return parseChoice(removePolicies, text)
    return truth ? 'always' : 'never'
  },
}

const rational = /^([-+]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([-+]?\d{1,3})|\/(\d+))?$/

/** `1.5`, `15e-1` or `3/2`, Go's big.Rat, as billionths of a CPU; 0 is no limit. */
export const cpus: Kind<number> = {
  meta: 'NUMBER',
  parse(text) {
    const [, sign, whole, fraction = '', exponent = '0', below = '1'] = rational.exec(text) ?? []
    if (
      whole === undefined ||
      sign === '-' ||
      Number(below) === 0 ||
      (fraction !== '' && text.includes('/'))
    ) {
      throw new InvalidValueError('must be a number, such as 2 or 0.5')
    }
    // In integers: a double does not have 9 exact decimals for every number.
    const power = Number(exponent) - fraction.length + 9
    const above = BigInt(whole + fraction) * 10n ** BigInt(Math.max(power, 0))
    const divisor = BigInt(below) * 10n ** BigInt(Math.max(-power, 0))
    if (above % divisor !== 0n) throw new InvalidValueError('must have at most 9 decimals')
    const cpus = Number(above / divisor)
    if (!Number.isSafeInteger(cpus)) throw new InvalidValueError('must be at most 9000000')
    return cpus
  },
}

/** A container's name; an empty one is the same as no flag. */
export const containerName: Kind<string | undefined> = {
  meta: 'NAME',
  parse(text) {
    if (text === '') return undefined
    checkName(text)
    return text
  },
}

/** The key of a job. */
export const jobKey: Kind<string> = {
  meta: 'KEY',
  parse(text) {
    checkKey(text)
    return text
  },
}

/** `os/arch[/variant]`; a system or an architecture alone is completed as docker does. Empty is the same as no flag. */
export const platform: Kind<string | undefined> = {
  meta: 'OS/ARCH[/VARIANT]',
  parse(text) {
    if (text === '') return undefined
    const platform = parsePlatform(text)
    // docker writes the variant 7 as v7.
    return text.includes('/') ? text.replace(/^([^/]+\/[^/]+\/)(\d+)$/, '$1v$2') : platformText(platform)
  },
}

/** A user of a registry. What is not a name may hold the password. */
export const registryUser: Kind<string> = {
  meta: 'NAME',
  secret: true,
  parse(text) {
    if (text !== '' && !text.includes(':')) return text
    throw new InvalidValueError("must be a user's name", 'Write a name without a colon.')
  },
}

/** The switch that has a password read from stdin: what is written after it may be that password. */
export const passwordStdin: Kind<boolean> = {
  ...boolean,
  secret: true,
  parse(text) {
    const truth = truths.get(text)
    if (truth !== undefined) return truth
    throw new InvalidValueError('must not have the password as its value', 'Pass the password on stdin.')
  },
}
