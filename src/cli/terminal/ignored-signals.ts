import { constants } from 'node:os'

/** Set by bin/holdfast.js: the signals that were ignored at the start, as /proc/self/status has them. */
const variable = 'HOLDFAST_IGNORED_SIGNALS'

/**
 * Whether the parent had the signal ignored, as nohup does with SIGHUP and a shell with SIGINT for a background job. Node
 * makes all signals default at its start.
 */
export function wasIgnored(name: NodeJS.Signals, mask = process.env[variable] ?? ''): boolean {
  if (!/^[0-9a-f]{1,16}$/i.test(mask)) return false
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[name] - 1)) & 1n) === 1n
}
