import type { Engine } from '../engine/engine.ts'
import type { EngineFlags } from './flags/engine.ts'
import { say } from './terminal/print.ts'

/**
 * Keeps V8 from work that does not pay off in a short process: it optimizes undici's parser after a few hundred
 * bytes, for 25 ms on another thread, and the end of a process waits for that; and it collects its first megabyte of
 * garbage, for 5 ms, when four fifths of it are used. V8 of Node 22 to 26 knows both.
 */
const shortLived = ['--wasm-tiering-budget=1000000000', '--no-minor-gc-task']

/**
 * Names the command's Engine. The V8 flags are not set earlier: V8 accepts Node's precompiled modules
 * only with the flags they were compiled with.
 */
export async function connect(
  where: EngineFlags['engine'],
  onWarning = (message: string): void => say(`warning: ${message}`),
): Promise<Engine> {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  for (const flag of shortLived) setFlagsFromString(flag)
  const { connect } = await import('../engine/engine.ts')
  return connect({ ...where, onWarning })
}
