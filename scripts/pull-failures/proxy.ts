import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** What the proxy does with a CONNECT, by the name of the trouble: the first label of the host that is asked for. */
const answers: Record<string, (socket: Socket) => void> = {
  'proxy-403': refuse('403 Forbidden'),
  'proxy-407': refuse('407 Proxy Authentication Required', 'Proxy-Authenticate: Basic realm="proxy"'),
  'proxy-429': refuse('429 Too Many Requests'),
  'proxy-500': refuse('500 Internal Server Error'),
  'proxy-502': refuse('502 Bad Gateway'),
  'proxy-503': refuse('503 Service Unavailable'),
  'proxy-504': refuse('504 Gateway Timeout'),
  'proxy-own-words': refuse('503 No healthy upstream'),
  'proxy-no-words': refuse('503'),
  'proxy-junk': socket => socket.end('+OK ready\r\n'),
  'proxy-eof': socket => socket.end(),
  'proxy-reset': socket => socket.resetAndDestroy(),
  'proxy-silent': () => undefined,
  // From here on the connection is made.
  'proxy-then-eof': connect(socket => socket.end()),
  'proxy-then-reset': connect(socket => socket.resetAndDestroy()),
  'proxy-then-silent': connect(() => undefined),
  'proxy-then-plain': connect(socket => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n')),
  // A fatal alert: handshake_failure.
  'proxy-then-alert': connect(socket => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 40]))),
}

/** The troubles of a proxy that is there. */
export const proxyTroubles = Object.keys(answers)

/** A proxy in all of these troubles. */
export async function startProxy(): Promise<{ address: string } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.once('data', request => {
      const name = /^CONNECT ([\w-]+)\./.exec(request.toString('latin1'))?.[1] ?? ''
      const answer = answers[name]
      if (answer === undefined) socket.destroy()
      else answer(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function refuse(status: string, ...headers: string[]): (socket: Socket) => void {
  const head = [`HTTP/1.1 ${status}`, ...headers, 'Content-Length: 0', 'Connection: close', '', ''].join(
    '\r\n',
  )
  return socket => socket.end(head)
}

/** Answers with 200, then does that once the client has begun with TLS. */
function connect(then: (socket: Socket) => void): (socket: Socket) => void {
  return socket => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.once('data', () => then(socket))
  }
}
