import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect, packArchive } from '../../src/index.ts'
import { printingProgram } from './program.ts'

/** What the demo needs: a registry in trouble, and an image of it on the Engine. */
export interface Stage {
  registry: string
  image: string
  /** How many requests have reached the registry. */
  asked: () => number
  server: Server
}

const output = 'batch: 3 files read, 1204 records\nbatch: 1204 records written\n'

export async function stage(host: string): Promise<Stage> {
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.writeHead(500, { 'content-type': 'text/plain' }).end('out of order\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`
  await importImage(host, `${registry}/team/batch`)
  return { registry, image: `${registry}/team/batch:1.4`, asked: () => asked, server }
}

async function importImage(host: string, repo: string): Promise<void> {
  await using engine = connect(host)
  const { Arch } = await engine.system.version()
  const program = printingProgram(Arch, output)
  if (program === undefined) throw new Error(`the demo has no program for ${Arch}`)
  const archive = packArchive([{ name: 'batch', mode: 0o755, content: program }])
  await engine.images.import(archive, { repo, tag: '1.4', changes: ['ENTRYPOINT ["/batch"]'] })
}

export async function clean(host: string, { image, server }: Stage): Promise<void> {
  await using engine = connect(host)
  await engine.images.remove(image)
  server.closeAllConnections()
  server.close()
}
