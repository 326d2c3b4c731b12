/*
 * A stand-in for an Engine that answers at once, so that only the client is measured. A container's Cmd says what it does:
 *
 *   echo TEXT   prints TEXT and a newline
 *   true        prints nothing
 *   sleep       prints nothing, and ends when it is killed, stopped or removed
 *
 * The log of a container named logs-TOTAL has TOTAL bytes.
 *
 *   engine.mjs SOCKET
 */
import { once } from 'node:events'
import { createServer } from 'node:http'

const jobs = new Map()
let created = 0

const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  handle(request, response).catch(error => response.destroy(error))
})
server.on('upgrade', (request, socket) => {
  socket.on('error', () => undefined)
  const [, id] = /\/containers\/([^/]+)\/attach/.exec(request.url) ?? []
  const head = 'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n'
  socket.write(`${head}Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n`)
  print(jobs.get(id), socket).catch(error => socket.destroy(error))
})
server.listen(process.argv[2], () => console.log('ready'))

async function handle(request, response) {
  response.setHeader('Api-Version', '1.41')
  response.setHeader('Ostype', 'linux')
  const { pathname } = new URL(request.url.replace(/^\/v1\.\d+/, ''), 'http://d')
  const body = Buffer.concat(await request.toArray()).toString()
  const [, noun, name = '', operation = ''] = /^\/(\w+)(?:\/(.*?))?(?:\/(\w+))?$/.exec(pathname) ?? []
  if (noun === '_ping') return response.end(request.method === 'HEAD' ? undefined : 'OK')
  if (noun === 'version')
    return json(response, { Version: '20.10.24', ApiVersion: '1.41', Os: 'linux', Arch: 'amd64' })
  if (noun === 'info') return json(response, { ID: 'STUB', OSType: 'linux' })
  if (noun === 'images') return json(response, imageJson(name))
  if (pathname === '/containers/create') return json(response, { Id: create(body), Warnings: [] }, 201)
  if (pathname === '/containers/json') return json(response, [])
  if (noun === 'containers') return container(request, response, { name, operation })
  json(response, { message: 'page not found' }, 404)
}

function container({ method, url }, response, { name, operation }) {
  if (operation === 'logs' && !jobs.has(name)) return log(response, Number(name.replace('logs-', '')))
  if (operation === 'json') {
    const State = { Status: 'exited', Running: false, OOMKilled: false, ExitCode: 0 }
    return json(response, { Id: name, State, Config: { Tty: false }, HostConfig: {} })
  }
  // The path of a DELETE ends with the container's name, which the pattern takes for an operation.
  const id = method === 'DELETE' ? name || operation : name
  const job = jobs.get(id)
  if (job === undefined) return json(response, { message: `No such container: ${id}` }, 404)
  if (operation === 'attach') {
    // Without an upgrade, as dockerode asks for it.
    response.flushHeaders()
    return print(job, response)
  }
  if (operation === 'logs') return response.end(logOf(job, new URL(url, 'http://d').searchParams))
  if (operation === 'wait') return wait(job, response)
  if (operation === 'start') job.started.resolve()
  if (operation === 'kill' || operation === 'stop' || method === 'DELETE') job.killed.resolve()
  if (method === 'DELETE') jobs.delete(id)
  response.writeHead(204).end()
}

function create(body) {
  const id = (++created).toString(16).padStart(64, '0')
  const [started, killed, ended] = Array.from({ length: 3 }, () => Promise.withResolvers())
  jobs.set(id, { command: JSON.parse(body).Cmd ?? [], started, killed, ended })
  return id
}

async function print({ command: [kind, text], started, killed, ended }, to) {
  await Promise.race([started.promise, killed.promise])
  if (kind === 'echo') to.write(frame(`${text}\n`))
  if (kind === 'sleep') await killed.promise
  to.end()
  ended.resolve()
}

function logOf({ command: [kind, text] }, query) {
  if (kind !== 'echo') return ''
  return frame(`${query.has('timestamps') ? '2026-11-23T12:00:00.000000000Z ' : ''}${text}\n`)
}

async function wait(job, response) {
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
  await job.ended.promise
  response.end('{"Error":null,"StatusCode":0}\n')
}

/** Lines of 80 bytes, each in a frame and an HTTP chunk of its own, as the Engine sends them. */
async function log(response, total) {
  const line = frame(`${'x'.repeat(79)}\n`)
  const chunk = `${line.length.toString(16)}\r\n${line.toString('latin1')}\r\n`
  const many = Buffer.from(chunk.repeat(16_384), 'latin1')
  const { socket } = response
  response.writeHead(200, { 'content-type': 'application/vnd.docker.raw-stream' }).flushHeaders()
  // Past the response, which would make one chunk of each write.
  for (let left = Math.floor(total / 80); left > 0; left -= 16_384) {
    const some = many.subarray(0, Math.min(left, 16_384) * chunk.length)
    if (!socket.write(some)) await once(socket, 'drain')
  }
  response.end()
}

function frame(text) {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(text.length, 4)
  return Buffer.concat([header, Buffer.from(text, 'latin1')])
}

/** An image as inspect shows it, whatever its name. */
function imageJson(name) {
  const familiar = decodeURIComponent(name).replace(/^docker\.io\/(library\/)?/, '')
  return {
    Id: `sha256:${'5'.padStart(64, '0')}`,
    RepoTags: [familiar],
    RepoDigests: [],
    Created: '2026-11-23T12:00:00.000000000Z',
    Config: { Env: Array(6).fill('PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin'), Cmd: ['sh'], Labels: {} },
    Architecture: 'amd64',
    Os: 'linux',
    Size: 1_960_000,
    RootFS: {
      Type: 'layers',
      Layers: Array.from({ length: 8 }, (_, i) => `sha256:${String(i).padStart(64, '0')}`),
    },
    Metadata: { LastTagTime: '2026-11-23T12:00:00Z' },
  }
}

function json(response, value, status = 200) {
  const text = JSON.stringify(value)
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text)
}
