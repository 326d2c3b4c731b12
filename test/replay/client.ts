import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A client that says and hears bytes, as latin1. It leaves with its test. */
export class Client {
  heard = ''
  /** Resolves when the other side has closed its half. */
  readonly ended: Promise<unknown>
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1').on('data', text => {
      this.heard += text
    })
    socket.on('error', () => undefined)
    this.ended = new Promise(resolve => socket.once('end', resolve).once('close', resolve))
  }

  static async of(host: string): Promise<Client> {
    const socket = createConnection({ path: host.replace('unix://', ''), allowHalfOpen: true })
    await once(socket, 'connect')
    onTestFinished(() => void socket.destroy())
    return new Client(socket)
  }

  /** Resolves when the bytes are on their way, so that the next ones are others. */
  say(bytes: string | Uint8Array): Promise<void> {
    return new Promise(said => this.#socket.write(bytes, () => said()))
  }

  end(): void {
    this.#socket.end()
  }

  leave(): void {
    this.#socket.destroy()
  }

  /** All that was heard, once it has this text. */
  async until(text: string): Promise<string> {
    while (!this.heard.includes(text)) {
      const more = await Promise.race([once(this.#socket, 'data'), this.ended.then(() => 'over')])
      if (more === 'over' && !this.heard.includes(text))
        throw new Error(`never heard ${text} in ${this.heard}`)
    }
    return this.heard
  }

  /** All that was heard, once the other side is done. */
  async whole(): Promise<string> {
    await this.ended
    return this.heard
  }
}

/** A request without a body. */
export function request(line: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ Host: 'docker', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n`
}

export function posting(line: string, body: unknown, headers: Record<string, string> = {}): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return `${request(line, { ...headers, 'Content-Length': String(Buffer.byteLength(text)) })}${text}`
}
