/*
 * The answers of a recording on a bare socket server: their bytes are made once for all runs, requests are distinguished by
 * their first line alone, and nothing is compared. It shows what Node itself costs.
 */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepsConnection } from '../../src/replay/file/exchange.ts'
import { parseRecording } from '../../src/replay/index.ts'
import { wireOf } from '../../src/replay/play/wire.ts'

const end = Buffer.from('\r\n\r\n')
const prepared = new Map()

/** Listens with the answers of that file. */
export async function rawReplay(file) {
  const answers = prepared.get(file) ?? prepare(file)
  prepared.set(file, answers)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  const path = join(folder, 'docker.sock')
  const state = { given: new Map(), waiting: [] }
  const server = createServer({ allowHalfOpen: true }, socket => serve(socket, answers, state))
  server.listen(path)
  await once(server, 'listening')
  return {
    host: `unix://${path}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of state.sockets ?? []) socket.destroy()
      await closed
      rmSync(folder, { recursive: true })
    },
  }
}

/** For each request its answers, in their order: what is sent at once, and what only the start brings. */
function prepare(file) {
  const answers = new Map()
  for (const exchange of parseRecording(readFileSync(file, 'utf8')).exchanges) {
    const { request, said } = exchange
    const caused = said.findIndex(({ after }) => after !== undefined)
    const bytesOf = part => Buffer.from(part.map(wireOf(exchange)).join(''), 'latin1')
    const [now, later] = caused < 0 ? [said, []] : [said.slice(0, caused), said.slice(caused)]
    const answer = { now: bytesOf(now), later: bytesOf(later), ends: keepsConnection(exchange) }
    answers.set(request, [...(answers.get(request) ?? []), answer])
  }
  return answers
}

function serve(socket, answers, state) {
  state.sockets ??= new Set()
  state.sockets.add(socket)
  socket.on('error', () => undefined).on('close', () => state.sockets.delete(socket))
  let bytes = Buffer.alloc(0)
  let raw = false
  socket.on('data', more => {
    if (raw) return
    bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more])
    for (let at = bytes.indexOf(end); at >= 0 && !raw; at = bytes.indexOf(end)) {
      const head = bytes.latin1Slice(0, at)
      const from = at + end.length
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      if (bytes.length < from + length) return
      bytes = bytes.subarray(from + length)
      raw = answer(head.slice(0, head.indexOf(' HTTP/')), socket, answers, state)
    }
  })
}

/** Gives the next answer to a request; true when its connection carries no more. */
function answer(request, socket, answers, { given, waiting }) {
  const count = given.get(request) ?? 0
  given.set(request, count + 1)
  const { now, later, ends } = answers.get(request)[count]
  socket.write(now)
  if (later.length > 0) waiting.push({ socket, later, ends })
  if (/\/start$/.test(request)) {
    // Output before the exit: a connection that ends is an attached one.
    for (const { socket, later, ends } of waiting.splice(0).sort((a, b) => b.ends - a.ends)) {
      socket.write(later)
      if (ends) socket.end()
    }
  }
  return ends
}
