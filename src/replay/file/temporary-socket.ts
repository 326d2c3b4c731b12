import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A unix socket that a server listens on. */
export interface ListeningSocket {
  path: string
  remove(): void
}

/**
 * Listens on a unix socket in a temporary folder of its own.
 *
 * @throws the system's error, with a message that says what to do.
 */
export async function listenOnTemporarySocket(
  server: Server,
  purpose: 'record' | 'replay',
): Promise<ListeningSocket> {
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
