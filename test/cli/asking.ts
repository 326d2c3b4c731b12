import { readFileSync } from 'node:fs'
import { type Finished, User } from '../live/support/command.ts'
import { ByteServer, hold, json, type Script, text } from '../support/byte-server.ts'

/** `ask METHOD PATH…`: requests on DOCKER_HOST, one after another; prints what is answered. */
const ask = `#!/usr/bin/env node
const { request } = require('node:http')
const socketPath = process.env.DOCKER_HOST.replace('unix://', '')
async function main([method, path, ...rest]) {
  if (method === undefined) return
  const body = await new Promise((resolve, reject) => {
    const headers = { 'x-api-key': process.env.API_KEY ?? '' }
    request({ socketPath, method, path, headers }, answer => {
      let said = String(answer.statusCode) + ' '
      answer.on('data', bytes => (said += bytes)).on('end', () => resolve(said)).on('error', reject)
    }).on('error', reject).end()
  })
  console.log(body)
  return main(rest)
}
main(process.argv.slice(2)).catch(error => {
  console.error('ask: ' + error.code)
  process.exitCode = 9
})
`

export const id = 'c0ffee00'.repeat(8)
const scripts: Script[] = [
  { on: 'GET /info', steps: [json(200, { Id: id, Name: 'this-machine' })] },
  { on: 'GET /silent', steps: [hold] },
  { on: 'GET /', steps: [text(200, 'fine')] },
]

/** An Engine that the program `ask` can ask. */
export const startAsked = () => ByteServer.start(scripts)

/** A user with the program `ask`, and a recording. */
export class Asking extends User {
  constructor(engine: ByteServer) {
    super(engine.address)
    this.install('ask', ask)
  }

  readonly out = this.path('x.ndjson')

  record(...args: string[]): Promise<Finished> {
    return this.run(['record', '--out', this.out, ...args])
  }

  written(): string {
    return readFileSync(this.out, 'utf8')
  }

  /** Writes a recording of these events. */
  recorded(...events: object[]): string {
    const lines = [{ recording: 1 }, ...events.map(event => ({ conn: 1, at: 0, ...event }))]
    return this.write('x.ndjson', lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  }
}

export const answered = (path: string, body: string) => [
  { request: `GET ${path}`, headers: {} },
  { answer: 200, reason: 'OK', headers: { 'Content-Length': '0' }, body: { text: body } },
]
