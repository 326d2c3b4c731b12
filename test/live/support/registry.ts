import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { relay, type SeenRequest, see } from './relay.ts'

export interface RegistryOptions {
  /** Passwords by user; without it everybody may pull and push. */
  users?: Record<string, string>
  /** In place of passwords: a token server whose tokens say which user may do what. */
  token?: TokenAuth
}

/** As docker-registry's configuration spells it. */
export interface TokenAuth {
  /** Where clients get their tokens. */
  realm: string
  service: string
  issuer: string
  /** A file of certificates in PEM: tokens count that their keys signed. */
  rootcertbundle: string
}

export interface TestRegistry extends AsyncDisposable {
  /** "127.0.0.1:PORT", the front of an image's name. */
  address: string
  /** What was asked so far, credentials included: noted on arrival, before the registry has its say. */
  requests(): SeenRequest[]
  /** The file with the registry's own log. */
  logFile: string
  stop(): Promise<void>
}

export async function startRegistry({ users, token }: RegistryOptions = {}): Promise<TestRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-registry-'))
  const logFile = join(directory, 'log')
  const config = join(directory, 'config.yml')
  writeFileSync(config, configuration(directory, token ? { token } : users && passwords(directory, users)))
  const registry = spawn('setpriv', ['--pdeathsig', 'KILL', 'docker-registry', 'serve', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  registry.stderr.pipe(createWriteStream(logFile))
  const upstream = await listening(registry.stderr)

  const seen: SeenRequest[] = []
  const front = createServer((request, response) => {
    seen.push(see(request, response))
    relay(request, response, upstream).catch(() => response.destroy())
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const { port } = front.address() as AddressInfo

  async function stop(): Promise<void> {
    const exited = once(registry, 'exit')
    registry.kill('SIGKILL')
    await exited
    front.closeAllConnections()
    front.close()
    await once(front, 'close')
    rmSync(directory, { recursive: true })
  }
  return {
    address: `127.0.0.1:${port}`,
    requests: () => [...seen],
    logFile,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function passwords(directory: string, users: Record<string, string>): object {
  const lines = Object.entries(users).map(([user, password]) =>
    execFileSync('htpasswd', ['-niBC', '4', user], { input: password, encoding: 'utf8' }).trim(),
  )
  const file = join(directory, 'htpasswd')
  writeFileSync(file, `${lines.join('\n')}\n`)
  return { htpasswd: { realm: 'holdfast', path: file } }
}

function configuration(directory: string, auth: object | undefined): string {
  return JSON.stringify({
    version: '0.1',
    log: { level: 'debug' },
    storage: { filesystem: { rootdirectory: join(directory, 'data') }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0', secret: 'for tests' },
    ...(auth && { auth }),
  })
}

function listening(log: NodeJS.ReadableStream): Promise<string> {
  const said: string[] = []
  return new Promise((resolve, reject) => {
    createInterface(log)
      .on('line', line => {
        const address = line.match(/listening on (127\.0\.0\.1:\d+)/)?.[1]
        if (address) resolve(address)
        said.push(line)
      })
      .on('close', () => reject(new Error(`docker-registry did not start:\n${said.join('\n')}`)))
  })
}
