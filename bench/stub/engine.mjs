/*
 * What engine.c is, for machines without a compiler. It is no faster than the clients in Node that it serves, so rates that
 * were measured with it are lower, and closer together.
 *
 *   engine.mjs SOCKET
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { archiveBlocks, cannedFrames, imageJson, progressSteps } from './canned.mjs'

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
  print(jobs.get(id), socket).catch(() => socket.destroy())
})
server.listen(process.argv[2], () => console.log('ready'))

async function handle(request, response) {
  response.setHeader('Api-Version', '1.41')
  response.setHeader('Ostype', 'linux')
  const url = new URL(request.url.replace(/^\/v1\.\d+/, ''), 'http://d')
  const body = await read(request)
  const [, room, name = '', operation = ''] = /^\/(\w+)(?:\/(.*?))?(?:\/(\w+))?$/.exec(url.pathname) ?? []
  if (room === '_ping') return response.end(request.method === 'HEAD' ? undefined : 'OK')
  if (room === 'version')
    return json(response, {
      Version: '20.10.24',
      ApiVersion: '1.41',
      Os: 'linux',
      Arch: 'amd64',
      Platform: { Name: 'stub' },
    })
  if (room === 'info')
    return json(response, { ID: 'STUB', OSType: 'linux', IndexServerAddress: 'https://index.docker.io/v1/' })
  if (room === 'networks') return json(response, { Name: name, IPAM: { Config: [] } })
  if (url.pathname === '/images/create') return send(response, progressSteps(url.searchParams))
  if (room === 'images') return json(response, imageJson(name))
  if (url.pathname === '/containers/create') return json(response, { Id: open(body), Warnings: [] }, 201)
  if (room === 'containers') return container(request, response, { name, operation, url })
  json(response, { message: 'page not found' }, 404)
}

function container({ method }, response, { name, operation, url }) {
  if (operation === 'archive') return method === 'PUT' ? response.end() : archive(response, url)
  if (operation === 'logs') return send(response, cannedFrames(80, Number(name.replace('logs-', ''))))
  if (operation === 'json') {
    const State = { Status: 'exited', Running: false, OOMKilled: false, ExitCode: 0 }
    return json(response, { Id: name, State, Config: { Tty: false }, HostConfig: {} })
  }
  // A DELETE has no operation: what looks like one is the container's name.
  const id = method === 'DELETE' ? name || operation : name
  const job = jobs.get(id)
  if (job === undefined) return json(response, { message: `No such container: ${id}` }, 404)
  if (operation === 'attach') {
    response.flushHeaders()
    return print(job, response)
  }
  if (operation === 'wait') return wait(job, response)
  if (operation === 'start') job.started.resolve()
  if (operation === 'start' && job.command[0] === 'true') job.ended.resolve()
  if (operation === 'kill' || operation === 'stop' || method === 'DELETE') job.ended.resolve()
  if (method === 'DELETE') jobs.delete(id)
  response.writeHead(204).end()
}

function open(body) {
  const id = (++created).toString(16).padStart(64, '0')
  jobs.set(id, {
    command: JSON.parse(body).Cmd ?? [],
    started: Promise.withResolvers(),
    ended: Promise.withResolvers(),
  })
  return id
}

async function wait(job, response) {
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
  await job.ended.promise
  response.end('{"Error":null,"StatusCode":0}\n')
}

async function print(job, to) {
  await Promise.race([job.started.promise, job.ended.promise])
  const [kind, first, second] = job.command
  if (kind === 'frames')
    for (const piece of cannedFrames(Number(first), Number(second))) await write(to, piece)
  if (kind === 'echo') await write(to, frame(Buffer.from(`${first}\n`)))
  if (kind === 'sleep') await job.ended.promise
  to.end()
  job.ended.resolve()
}

function frame(payload) {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

function archive(response, { searchParams }) {
  const facts = { name: 'x', size: 0, mode: 420, mtime: '2026-11-23T12:00:00Z', linkTarget: '' }
  response.setHeader('X-Docker-Container-Path-Stat', Buffer.from(JSON.stringify(facts)).toString('base64'))
  return send(response, archiveBlocks(searchParams.get('path')))
}

async function send(response, pieces) {
  for (const piece of pieces) await write(response, piece)
  response.end()
}

// Each piece that goes into a response is a chunk of its own, as with the Engine.
async function write(to, bytes) {
  if (to.destroyed) throw new Error('nobody listens')
  if (to.write(bytes)) return
  const leaving = new AbortController()
  const { signal } = leaving
  await Promise.race([once(to, 'drain', { signal }), once(to, 'close', { signal })])
  leaving.abort()
}

async function read(request) {
  if (request.method === 'PUT') {
    for await (const _ of request);
    return ''
  }
  return Buffer.concat(await request.toArray()).toString()
}

function json(response, value, status = 200) {
  const text = JSON.stringify(value)
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text)
}
