import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Engine } from '../../../src/engine/engine.ts'
import { bytesOf } from '../../support/errors.ts'
import { answerArchive, type FakePath } from '../../support/fake-archive.ts'

/** The archive requests of an Engine, for a container with these paths. */
export class ArchiveServer implements AsyncDisposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'holdfast-archive-'))
  readonly #server = createServer((request, response) => this.#handle(request, response))
  readonly #paths: Record<string, FakePath>
  readonly engine: Engine
  /** What was put, by the directory that it went into. */
  readonly put = new Map<string, Buffer>()

  private constructor(paths: Record<string, FakePath>) {
    this.#paths = paths
    this.engine = connect({ host: `unix://${this.#directory}/engine.sock` })
  }

  static async start(paths: Record<string, FakePath>): Promise<ArchiveServer> {
    const server = new ArchiveServer(paths)
    server.#server.listen(join(server.#directory, 'engine.sock'))
    await once(server.#server, 'listening')
    return server
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://engine')
    response.setHeader('Api-Version', '1.41')
    if (!pathname.endsWith('/archive')) return void response.end('{}')
    const path = searchParams.get('path') ?? ''
    if (request.method === 'PUT') this.put.set(path, await bytesOf(request))
    await answerArchive(this.#paths, { method: request.method ?? '', path }, response)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.close()
    this.#server.close()
    await once(this.#server, 'close')
    rmSync(this.#directory, { recursive: true })
  }
}
