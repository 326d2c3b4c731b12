import type { Engine } from '../engine/engine.ts'
import { connect } from './connect.ts'
import type { EngineFlags } from './flags/engine.ts'
import { openAudit } from './terminal/audit.ts'

/** Does the work of a command with its Engine and its audit, and closes both. */
export async function withEngine<T>(flags: EngineFlags, work: (engine: Engine) => Promise<T>): Promise<T> {
  return withAudit(flags, () => onEngine(flags.engine, work))
}

/** Does work with an Engine, and closes it. */
export async function onEngine<T>(
  where: EngineFlags['engine'],
  work: (engine: Engine) => Promise<T>,
  onWarning?: (message: string) => void,
): Promise<T> {
  const engine = await connect(where, onWarning)
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

/** Does the work of a command with its audit, and closes that. */
export async function withAudit<T>(
  flags: Pick<EngineFlags, 'audit' | 'append'>,
  work: () => Promise<T>,
): Promise<T> {
  const audit = await openAudit(flags)
  try {
    return await work()
  } finally {
    await audit.end()
  }
}
