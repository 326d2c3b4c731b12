import { setFlagsFromString } from 'node:v8'
import type { Engine } from '../engine/engine.ts'
import type { EngineFlags } from './flags/engine.ts'

/**
 * What keeps V8 from work that a short process does not live to profit from: it optimizes undici's parser after a few hundred
 * bytes, for 25 ms on another thread, and the end of a process waits for that; and it collects its first megabyte of
 * garbage, for 5 ms, when four fifths of it are used. V8 of Node 22 to 26 knows both.
 */
const shortLived = ['--wasm-tiering-budget=1000000000', '--no-minor-gc-task']

/**
 * Names the command's Engine. The flags are not set earlier than this: V8 takes what Node has compiled of its modules for itself
 * only as long as no flag is another.
 */
export async function connect(where: EngineFlags['engine']): Promise<Engine> {
  for (const flag of shortLived) setFlagsFromString(flag)
  const { connect } = await import('../engine/engine.ts')
  return connect(where)
}
