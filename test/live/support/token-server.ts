import { execFileSync } from 'node:child_process'
import { createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TokenAuth } from './registry.ts'

export interface Account {
  password: string
  /** An identity token, as `docker login` gets one. */
  refreshToken?: string
  /** The repositories that may be pulled from and pushed to. Default: all. */
  repositories?: string[]
}

/** What was asked; never with a password or a token. */
export interface TokenRequest {
  method: string
  grant: 'anonymous' | 'password' | 'refresh_token'
  /** The user of the password or token, or the one that was claimed. */
  user: string | undefined
  clientId: string | undefined
  service: string | undefined
  scopes: string[]
  /** Undefined until answered. */
  status: number | undefined
}

/** `well`, or every request: that status, or no answer at all. */
export type TokenMode = 'well' | 401 | 403 | 429 | 500 | 503 | 'silent'

/** Seconds that docker-registry takes a token for longer than it says. */
export const leeway = 60

interface Access {
  type: string
  name: string
  actions: string[]
}

/** Docker's "token authentication", as in distribution's docs/spec/auth, for `startRegistry({ token: server.auth })`. */
export async function startTokenServer(accounts: Record<string, Account>): Promise<TokenServer> {
  const server = new TokenServer(accounts)
  await server.listen()
  return server
}

export class TokenServer implements AsyncDisposable {
  /** May be changed at any time, as may all of these: holds for requests made from then on. */
  mode: TokenMode = 'well'
  /** By user. */
  accounts: Record<string, Account>
  /** Seconds until a token says that it is over. */
  lifetime = 300
  readonly requests: TokenRequest[] = []
  /** Accepted so far. */
  connections = 0
  readonly #directory = mkdtempSync(join(tmpdir(), 'holdfast-token-'))
  readonly #signer = makeSigner(this.#directory)
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy())
  })

  constructor(accounts: Record<string, Account>) {
    this.accounts = accounts
    this.#server.on('connection', () => {
      this.connections += 1
    })
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** "127.0.0.1:PORT". */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What a registry must know to send its clients here. */
  get auth(): TokenAuth {
    const { certificate: rootcertbundle } = this.#signer
    const realm = `http://${this.address}/token`
    return { realm, service: 'holdfast registry', issuer: 'holdfast tokens', rootcertbundle }
  }

  /** A token for that scope ("repository:team/batch:pull"), made without a request. */
  issue(scope: string, lifetime = this.lifetime): string {
    return this.#token('somebody', [readScope(scope)], lifetime)
  }

  /** Ends it, for those that are waiting for an answer, too. */
  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { mode } = this
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://token')
    const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : searchParams
    const { known, ...who } = this.#identify(request.headers.authorization, form)
    const scopes = form.getAll('scope').flatMap(scope => scope.split(' '))
    const seen: TokenRequest = {
      method: request.method ?? '',
      ...who,
      clientId: form.get('client_id') ?? undefined,
      service: form.get('service') ?? undefined,
      scopes,
      status: undefined,
    }
    this.requests.push(seen)
    if (mode === 'silent') return
    const judged = pathname === '/token' ? (known ? 200 : 401) : 404
    seen.status = mode === 'well' ? judged : mode
    response.shouldKeepAlive = false
    response.writeHead(seen.status, { 'content-type': 'application/json' })
    response.end(seen.status === 200 ? this.#grant(who.user, scopes) : refusal(seen.status))
  }

  #identify(
    authorization: string | undefined,
    form: URLSearchParams,
  ): Pick<TokenRequest, 'grant' | 'user'> & { known: boolean } {
    const refreshToken = form.get('refresh_token')
    if (form.get('grant_type') === 'refresh_token') {
      const [user] = Object.entries(this.accounts).find(([, own]) => own.refreshToken === refreshToken) ?? []
      return { grant: 'refresh_token', user, known: refreshToken !== null && user !== undefined }
    }
    const basic = authorization?.match(/^Basic (.*)$/)?.[1]
    const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic ?? '', 'base64').toString()) ?? []
    const user = name ?? form.get('username') ?? undefined
    // As on Docker Hub, a client without a name gets a token that permits nothing.
    if (user === undefined) return { grant: 'anonymous', user, known: true }
    const given = password ?? form.get('password')
    return { grant: 'password', user, known: given !== null && this.accounts[user]?.password === given }
  }

  #grant(user: string | undefined, scopes: string[]): string {
    const account = user === undefined ? undefined : this.accounts[user]
    const allowed = ({ name }: Access) => account && (account.repositories?.includes(name) ?? true)
    const token = this.#token(user ?? '', scopes.map(readScope).filter(allowed), this.lifetime)
    // A client that asks by GET reads the one, by POST the other.
    return JSON.stringify({ token, access_token: token, expires_in: this.lifetime })
  }

  #token(subject: string, access: Access[], lifetime: number): string {
    const { issuer: iss, service: aud } = this.auth
    const now = Math.floor(Date.now() / 1000)
    const times = { iat: now, nbf: now, exp: now + lifetime }
    const { key, x5c } = this.#signer
    const parts = [
      { typ: 'JWT', alg: 'ES256', x5c },
      { iss, aud, sub: subject, jti: randomUUID(), ...times, access },
    ]
    const signed = parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
    return `${signed}.${signature.toString('base64url')}`
  }
}

interface Signer {
  key: KeyObject
  /** The certificate as a token's header carries it, and the file that a registry trusts. */
  x5c: string[]
  certificate: string
}

function makeSigner(directory: string): Signer {
  const [file, certificate] = [join(directory, 'key.pem'), join(directory, 'root.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=holdfast']
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...kind, '-keyout', file, '-out', certificate], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const der = new X509Certificate(readFileSync(certificate)).raw
  return { key: createPrivateKey(readFileSync(file)), x5c: [der.toString('base64')], certificate }
}

function readScope(scope: string): Access {
  const [, type = '', name = '', actions = ''] = /^([^:]+):(.+):([^:]*)$/.exec(scope) ?? []
  return { type, name, actions: actions.split(',') }
}

function refusal(status: number): string {
  const codes: Record<number, string> = { 401: 'UNAUTHORIZED', 403: 'DENIED', 429: 'TOOMANYREQUESTS' }
  const code = codes[status]
  // What fails on its way is answered by whatever stands before it, and not in JSON.
  if (code === undefined) return 'in trouble\n'
  return JSON.stringify({ errors: [{ code, message: code.toLowerCase(), detail: {} }] })
}
