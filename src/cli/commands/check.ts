import { check } from '../../run/image/check.ts'
import { connect } from '../connect.ts'
import type { Invocation } from '../invocation.ts'
import { openAudit } from '../terminal/audit.ts'
import { print } from '../terminal/print.ts'
import { checkText } from './check-table.ts'
import { imageList } from './image-list.ts'
import { distinct } from './pull-all.ts'

/** `holdfast check`: which images would run while their registry is down. Status 1 when some would not. */
export async function checkCommand(invocation: Invocation & { command: 'check' }): Promise<number> {
  const { file, engine: where, json } = invocation
  const images = distinct([...invocation.images, ...(file === undefined ? [] : await imageList(file))])
  const audit = await openAudit(invocation.audit)
  const engine = connect(where)
  try {
    const checks = await check({ ...invocation.check, images, engine })
    const { isTTY, columns } = process.stdout
    const text = json
      ? `${JSON.stringify(checks, null, 2)}\n`
      : checkText(checks, isTTY ? columns : Number.POSITIVE_INFINITY)
    const printed = await print(text)
    return printed || (checks.every(({ survives }) => survives) ? 0 : 1)
  } finally {
    await engine.close()
    await audit.end()
  }
}
