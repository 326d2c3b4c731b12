import { type RequestReport, requests } from '../../engine/http/diagnostics.ts'
import type { AuditLine } from '../records.ts'
import { openLineFile } from './files.ts'
import { stamp } from './log.ts'

interface AuditFile {
  audit?: string
  append?: boolean
}

/** Writes every request to the Engine to a file; `end` closes it. */
export async function openAudit({
  audit: path,
  append = false,
}: AuditFile): Promise<{ end(): Promise<void> }> {
  if (path === undefined) return { end: async () => undefined }
  const file = await openLineFile('--audit', path, { append })
  const listen = (message: unknown) => {
    const { method, path, status, error, ms, registryAuth, engine } = message as RequestReport
    const auth = registryAuth === 'present' ? { 'X-Registry-Auth': registryAuth } : {}
    const line: AuditLine = {
      ...stamp(new Date(Date.now() - ms)),
      method,
      path,
      ...(status !== undefined && { status }),
      ...(error !== undefined && { error }),
      ms,
      ...auth,
      engine,
    }
    file.write(line)
  }
  requests.subscribe(listen)
  return {
    end() {
      requests.unsubscribe(listen)
      return file.end()
    },
  }
}
