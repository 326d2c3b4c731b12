import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Engine } from '../../src/engine/engine.ts'
import { operations } from './operations.ts'
import { type Shape, shape } from './shape.ts'

/** A request that an operation makes when all of its options are given. */
export interface Made extends Shape {
  operation: string
  file: string
  when: string
  headers: string[]
  body: string
}

/** Headers that undici or Node sets on every request, and that say nothing of their own. */
const framing = new Set(['host', 'connection', 'content-length', 'transfer-encoding'])

/** Calls every operation of the client with all options, on a server that refuses them all; gives what arrived there. */
export async function surface(): Promise<Made[]> {
  const made: Made[] = []
  await using recorder = await Recorder.start()
  await using engine = connect(recorder.host)
  await engine.apiVersion()
  const when = 'the version of the API, before the first request that needs it; where it fails, GET'
  made.push({ operation: 'engine.apiVersion()', file: 'src/engine/http/http.ts', when, ...recorder.take() })
  for (const [noun, calls] of Object.entries(operations))
    for (const [name, { when, with: args }] of Object.entries(calls)) {
      await Reflect.apply(operationOf(engine, noun, name), undefined, args).catch(() => undefined)
      const request = recorder.take()
      made.push({ operation: `engine.${noun}.${name}()`, file: `src/engine/${noun}.ts`, when, ...request })
    }
  return made
}

function operationOf(engine: Engine, noun: string, name: string): () => Promise<unknown> {
  return Reflect.get(Reflect.get(engine, noun), name)
}

type Arrived = Pick<Made, 'request' | 'query' | 'headers' | 'body'>

/** A server that writes down the last request and answers 501. */
class Recorder implements AsyncDisposable {
  readonly host: string
  readonly #folder: string
  readonly #server: Server
  #last: Arrived | undefined

  private constructor(folder: string) {
    this.#folder = folder
    this.host = `unix://${folder}/docker.sock`
    this.#server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
      this.#last = await arrived(request)
      response.writeHead(request.url === '/_ping' ? 200 : 501, { 'api-version': '1.52' }).end()
    })
  }

  static async start(): Promise<Recorder> {
    const recorder = new Recorder(mkdtempSync(join(tmpdir(), 'holdfast-wire-')))
    recorder.#server.listen(join(recorder.#folder, 'docker.sock'))
    await once(recorder.#server, 'listening')
    return recorder
  }

  take(): Arrived {
    const last = this.#last
    if (last === undefined) throw new Error('an operation sent no request')
    this.#last = undefined
    return last
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    rmSync(this.#folder, { recursive: true })
  }
}

async function arrived(request: IncomingMessage): Promise<Arrived> {
  const bytes = Buffer.concat(await request.toArray())
  const headers = Object.keys(request.headers).filter(name => !framing.has(name))
  return {
    ...shape(request.method ?? '', request.url ?? ''),
    headers: request.headers.upgrade === undefined ? headers : [...headers, 'connection: Upgrade'],
    body:
      request.headers['content-type'] === 'application/json'
        ? keys(bytes)
        : bytes.length > 0
          ? 'tar archive'
          : '',
  }
}

function keys(json: Buffer): string {
  return Object.keys(JSON.parse(json.toString())).join(', ')
}
