import type { Copy, CopyLimits } from '../../run/files/copies.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { parseDuration } from './duration.ts'
import { type Kind, ofPart } from './kind.ts'
import { parseSize } from './size.ts'

/** `SRC:DST`, from this machine to an absolute path in the container; a colon in SRC is taken for a part of its name. */
export const copyToContainer: Kind<Copy> = {
  meta: 'SRC:DST',
  parse(text) {
    const at = text.lastIndexOf(':/')
    if (at > 0) return { from: text.slice(0, at), to: text.slice(at + 1) }
    throw new InvalidValueError(
      'must be a path of this machine, a colon and an absolute path in the container',
      'For example ./in:/work/in.',
    )
  },
}

/** `SRC:DST`, from an absolute path in the container to this machine. */
export const copyFromContainer: Kind<Copy> = {
  meta: 'SRC:DST',
  parse(text) {
    const [from, to = ''] = cut(text, ':')
    if (from.startsWith('/') && to !== '') return { from, to }
    throw new InvalidValueError(
      'must be an absolute path in the container, a colon and a path of this machine',
      'For example /work/out:./out.',
    )
  },
}

/** `[FROM:]DIR`: an absolute path in the container, behind the directory of this machine that a new one is made in. */
export const tmpDir: Kind<{ to: string; from?: string }> = {
  meta: '[FROM:]DIR',
  parse(text) {
    const at = text.lastIndexOf(':/')
    const [from, to] = at > 0 ? [text.slice(0, at), text.slice(at + 1)] : [undefined, text]
    if (to.startsWith('/')) return { to, ...(from !== undefined && { from }) }
    throw new InvalidValueError('must be an absolute path in the container', 'For example /tmp/work.')
  },
}

const limits = {
  bytes: parseSize,
  entries: parseCount,
  idle: parseDuration,
  total: parseDuration,
} satisfies Record<keyof CopyLimits, (text: string) => number>

/** `bytes=50g,entries=2000000,idle=5m,total=6h`, each part at most once; `0` is no limit. */
export const copyLimits: Kind<CopyLimits> = {
  meta: 'PART=VALUE,...',
  parse(text) {
    const parsed: CopyLimits = {}
    for (const field of text.split(',')) {
      const [name, value = ''] = cut(field, '=')
      if (!isLimit(name)) {
        throw new InvalidValueError(
          `has ${quote(field)}, which is not a limit of a copy`,
          'Write bytes=SIZE, entries=NUMBER, idle=DURATION and total=DURATION, separated by commas.',
        )
      }
      if (parsed[name] !== undefined) throw new InvalidValueError(`has ${name} twice`, 'Omit one of them.')
      parsed[name] = value === '0' ? 0 : ofPart(`${name} ${quote(value)}`, () => limits[name](value))
    }
    return parsed
  },
}

function isLimit(name: string): name is keyof CopyLimits {
  return Object.hasOwn(limits, name)
}

function parseCount(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count
  throw new InvalidValueError('must be a whole number')
}
