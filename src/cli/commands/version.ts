import { newestApi, oldestApi } from '../../engine/http/version.ts'
import { connect } from '../connect.ts'
import type { Invocation } from '../invocation.ts'
import { openAudit } from '../terminal/audit.ts'
import { print } from '../terminal/print.ts'
import { ownVersion } from './own-version.ts'

/** `holdfast version`: ours, the Engine's, and the API version that both speak. */
export async function versionCommand({
  engine: where,
  audit: file,
}: Invocation & { command: 'version' }): Promise<number> {
  const audit = await openAudit(file)
  const engine = connect(where)
  try {
    const { Version, ApiVersion, Os, Arch, Platform, Components } = await engine.system.version()
    const product = Platform?.Name || Components?.[0]?.Name || 'Docker Engine'
    return await print(
      [
        `holdfast  ${ownVersion()}  (API ${oldestApi} to ${newestApi})`,
        `Engine    ${Version}  (API ${ApiVersion}, ${Os}/${Arch}, ${product})`,
        `Address   ${await engine.address()}`,
        `In use    API ${await engine.apiVersion()}`,
        '',
      ].join('\n'),
    )
  } finally {
    await engine.close()
    await audit.end()
  }
}
