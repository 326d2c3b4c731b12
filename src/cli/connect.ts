import { setFlagsFromString } from 'node:v8'
import { connect as connectLater, type Engine } from '../engine/engine.ts'
import type { EngineFlags } from './flags/engine.ts'

/**
 * Names the command's Engine. V8 begins to optimize undici's parser after a few hundred bytes, for 25 ms on another thread, and
 * the end of a process waits for that: here it begins only when there is much to parse. Not earlier than this: V8 takes what
 * Node has compiled of its modules for itself only as long as no flag is another.
 */
export function connect(where: EngineFlags): Engine {
  setFlagsFromString('--wasm-tiering-budget=1000000000')
  return connectLater(where)
}
