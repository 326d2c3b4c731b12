import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A unix socket in a temporary folder of its own. */
export interface OwnSocket {
  path: string
  remove(): void
}

/** @throws the system's error, with words that say what to do. */
export async function listenOnOwn(server: Server, purpose: 'record' | 'replay'): Promise<OwnSocket> {
  let folder: string | undefined
  const remove = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
  try {
    folder = mkdtempSync(join(tmpdir(), `holdfast-${purpose}-`))
    const path = join(folder, 'docker.sock')
    server.listen(path)
    await once(server, 'listening')
    return { path, remove }
  } catch (cause) {
    remove()
    const error = cause as NodeJS.ErrnoException
    error.message = `no socket can be made in ${tmpdir()} (${error.code}): set TMPDIR to a folder that can be written and has a short path`
    throw error
  }
}
