import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { PathStat } from '../../src/engine/wire.ts'

/** Go's bits of what a path is. */
const goMode = {
  file: 0o644,
  directory: 2 ** 31 + 0o755,
  link: 2 ** 27 + 0o777,
  device: 2 ** 26 + 0o666,
  fifo: 2 ** 25 + 0o644,
  socket: 2 ** 24 + 0o755,
} as const

/** A path of a container: what it is, where a link leads, and its archive. */
export interface FakePath {
  kind: keyof typeof goMode
  linkTarget?: string
  /** Bytes. Default 0. */
  size?: number
  archive?: () => AsyncIterable<Uint8Array>
}

/** Answers HEAD, GET and PUT of `/containers/{id}/archive` for a container that has these paths. */
export async function answerArchive(
  paths: Record<string, FakePath>,
  { method, path }: { method: string; path: string },
  response: ServerResponse,
): Promise<void> {
  const found = paths[path] ?? paths[path.replace(/\/\.$/, '')]
  if (found === undefined)
    return void response.writeHead(404).end(JSON.stringify({ message: `Could not find the file ${path}` }))
  if (method === 'PUT') return void response.end()
  const { kind, linkTarget = '', size = 0, archive } = found
  const stat: PathStat = { name: '', size, mode: goMode[kind], mtime: '', linkTarget }
  response.setHeader('X-Docker-Container-Path-Stat', Buffer.from(JSON.stringify(stat)).toString('base64'))
  if (method === 'GET' && archive !== undefined)
    for await (const chunk of archive()) if (!response.write(chunk)) await once(response, 'drain')
  response.end()
}
