import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { EngineError } from '../error.ts'
import type { Address } from './address.ts'

type SshAddress = Extract<Address, { kind: 'ssh' }>
type Connected = (...result: [error: Error, socket: null] | [error: null, socket: never]) => void

/** Opens a connection to a remote Engine: `ssh HOST docker system dial-stdio`, whose pipes are the connection. */
export function dialOverSsh(address: SshAddress, callback: unknown): void {
  const connected = callback as Connected
  // Detached: a terminal's Ctrl-C goes to its whole process group, and the connection must outlive it to carry it on.
  const child = spawn('ssh', sshArguments(address), { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  child.once('error', (error: NodeJS.ErrnoException) => {
    const problem =
      error.code === 'ENOENT' ? 'there is no ssh command' : `ssh can't be started (${error.code})`
    connected(
      new EngineError('ssh', `${address.text}: ${problem}`, {
        hint: 'Install OpenSSH’s client.',
        cause: error,
      }),
      null,
    )
  })
  child.once('spawn', () => connected(null, new ChildSocket(child, address) as never))
}

function sshArguments({ user, hostname, port, socket }: SshAddress): string[] {
  const options = [
    '-o',
    'ConnectTimeout=30',
    '-T',
    ...(user ? ['-l', user] : []),
    ...(port ? ['-p', String(port)] : []),
  ]
  const docker = ['docker', ...(socket ? ['--host', quote(`unix://${socket}`)] : []), 'system', 'dial-stdio']
  return [...options, '--', hostname, ...docker]
}

function trial({ user, hostname, port }: SshAddress): string {
  return `ssh ${port ? `-p ${port} ` : ''}${user ? `${user}@` : ''}${hostname} docker version`
}

// ssh hands its arguments to the remote shell as one line.
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Characters of ssh's stderr that are kept for the error message. */
const complaintLimit = 2_000

/** A child process as a socket: its stdin is what we send, its stdout what we receive. */
class ChildSocket extends Duplex {
  readonly #child: ChildProcess
  readonly #address: SshAddress
  #complaint = ''

  constructor(child: ChildProcess, address: SshAddress) {
    super({ allowHalfOpen: true })
    this.#child = child
    this.#address = address
    child.stdout?.on('data', chunk => this.push(chunk) || child.stdout?.pause())
    // ssh's own message on stderr says more than a broken pipe; it is complete once ssh has closed.
    child.stdin?.on('error', () => undefined)
    child.stderr?.setEncoding('utf8').on('data', text => {
      this.#complaint = (this.#complaint + text).slice(-complaintLimit)
    })
    child.once('close', status => {
      if (status === 0) this.push(null)
      else this.destroy(this.#failure(status))
    })
  }

  #failure(cause: unknown): EngineError {
    const words = this.#complaint.trim()
    return new EngineError(
      'ssh',
      `${this.#address.text}: the ssh connection failed${words === '' ? '' : `: ${words}`}`,
      {
        engineMessage: words,
        hint: `Try by hand: ${trial(this.#address)}. It must work without a password prompt.`,
        cause,
      },
    )
  }

  override _read(): void {
    this.#child.stdout?.resume()
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#child.stdin?.writable) this.#child.stdin.write(chunk, () => done())
    else done()
  }

  override _final(done: () => void): void {
    this.#child.stdin?.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill()
    done(error)
  }

  #handles(): Array<ChildProcess | Socket> {
    return [this.#child, ...this.#child.stdio.filter(stream => stream instanceof Socket)]
  }

  // The methods of a socket that undici calls.
  ref(): this {
    for (const handle of this.#handles()) handle.ref()
    return this
  }

  unref(): this {
    for (const handle of this.#handles()) handle.unref()
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }
}
