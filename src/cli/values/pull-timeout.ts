import type { PullTimeout } from '../../run/options.ts'
import { cut } from '../cut.ts'
import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { parseDuration } from './duration.ts'

const zero = /^0(ns|us|ms|s|m|h|d)?$/
const parts = ['connect', 'idle', 'total'] as const

/** `5m` for all of a pull, or `connect=5s,idle=1m,total=1h`, each part at most once; `0` is no limit, alone none at all. */
export function parsePullTimeout(text: string, where: string): PullTimeout {
  if (zero.test(text)) return { connect: 0, idle: 0, total: 0 }
  if (!text.includes('=')) return { total: parseDuration(text, where) }
  const timeout: PullTimeout = {}
  for (const field of text.split(',')) {
    const [name, duration] = cut(field, '=')
    const part = parts.find(candidate => candidate === name)
    if (part === undefined || duration === undefined) {
      throw new UsageError(
        `${where}: ${quote(field)} is not a part of a pull`,
        'Write connect=DURATION, idle=DURATION, total=DURATION, with commas between them.',
      )
    }
    if (timeout[part] !== undefined)
      throw new UsageError(`${where} says ${part} twice`, 'Leave one of them out.')
    timeout[part] = parseLimit(duration, `${where} ${part}`)
  }
  return timeout
}

function parseLimit(text: string, where: string): number {
  return zero.test(text) ? 0 : parseDuration(text, where)
}
