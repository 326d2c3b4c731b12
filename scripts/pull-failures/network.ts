import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** An address of this machine that is not in 127.0.0.0/8, of which Engines ask TLS. */
export const strictHost = '198.51.100.77'
/** Addresses by the kind of route that leads nowhere: a router's, or a firewall's. */
export const deadRoutes: Readonly<Record<string, string>> = {
  unreachable: '198.51.100.78',
  prohibit: '198.51.100.79',
  blackhole: '198.51.100.80',
  throw: '198.51.100.81',
}

/** A name that no resolver knows. */
export const unknownHost = 'registry.invalid'

/** Gives the machine these addresses for as long as this process lives. */
export function prepareNetwork(): void {
  removeNetwork()
  process.on('exit', removeNetwork)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))
  execFileSync('ip', ['address', 'add', `${strictHost}/32`, 'dev', 'lo'])
  for (const [kind, host] of Object.entries(deadRoutes)) execFileSync('ip', ['route', 'add', kind, host])
}

// Of an earlier capture, too, that was killed.
function removeNetwork(): void {
  const routes = Object.entries(deadRoutes).map(([kind, host]) => `route del ${kind} ${host}`)
  for (const undo of [`address del ${strictHost}/32 dev lo`, ...routes]) {
    try {
      execFileSync('ip', undo.split(' '), { stdio: 'ignore' })
    } catch {
      // It is not there.
    }
  }
}

/** A key, and a certificate of its own making for one host. */
export function selfSigned(host: string): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const kind =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=registry'.split(' ')
  const files = ['-addext', `subjectAltName=IP:${host}`, '-keyout', key, '-out', cert]
  execFileSync('openssl', [...kind, ...files], { stdio: 'ignore' })
  const pair = { key: readFileSync(key), cert: readFileSync(cert) }
  rmSync(folder, { recursive: true })
  return pair
}

/** An address where connections are never made: the listener sleeps, and those that wait for it are as many as may. */
export async function openBlackHole(): Promise<{ address: string } & Disposable> {
  const program =
    "const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, " +
    "() => { console.log(s.address().port); setImmediate(() => process.kill(process.pid, 'SIGSTOP')) })"
  const sleeper = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = await once(createInterface(sleeper.stdout), 'line')
  const waiting = Array.from({ length: 4 }, () => {
    return createConnection(Number(port), '127.0.0.1').on('error', () => undefined)
  })
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.dispose]() {
      for (const socket of waiting) socket.destroy()
      sleeper.kill('SIGKILL')
    },
  }
}
