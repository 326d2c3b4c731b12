import { type RequestReport, requests } from '../../engine/http/diagnostics.ts'
import { openLineFile } from './files.ts'

/** Writes every request to the Engine to a file; `end` closes it. */
export async function openAudit(path: string | undefined): Promise<{ end(): Promise<void> }> {
  if (path === undefined) return { end: async () => undefined }
  const file = await openLineFile('--audit', path)
  const listen = (message: unknown) => {
    const { method, path, status, error, ms, registryAuth, engine } = message as RequestReport
    const auth = registryAuth === 'present' ? { 'X-Registry-Auth': 'present' } : {}
    file.write({ method, path, status, error, ms, ...auth, engine })
  }
  requests.subscribe(listen)
  return {
    end() {
      requests.unsubscribe(listen)
      return file.end()
    },
  }
}
