import type { Engine } from '../engine/engine.ts'
import { connect } from './connect.ts'
import type { EngineFlags } from './flags/engine.ts'
import { openAudit } from './terminal/audit.ts'

/** Does the work of a command with its Engine and its audit, and closes both. */
export async function withEngine<T>(flags: EngineFlags, work: (engine: Engine) => Promise<T>): Promise<T> {
  const audit = await openAudit(flags.audit)
  const engine = await connect(flags.engine)
  try {
    return await work(engine)
  } finally {
    await engine.close()
    await audit.end()
  }
}
