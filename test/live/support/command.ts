import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { containers, engineRequest } from './request.ts'

/** The built command. */
export const holdfast = join(import.meta.dirname, '../../../bin/holdfast.js')

/** How often tests repeat what may go wrong now and then only. */
export const rounds = Number(process.env.HOLDFAST_LIVE_ROUNDS || 10)

export interface CommandOptions {
  /** Beside the user's own; undefined takes a variable away. */
  env?: Record<string, string | undefined>
  /** What is sent to stdin; `open` leaves it to the test. Default: nothing, at once. */
  stdin?: string | 'open'
  /** A file descriptor; without it, output is collected. */
  stdout?: number
  /** `false`: the test reads stdout itself, as and when it likes. */
  collect?: boolean
}

export interface Finished {
  /** As in a shell: 128 and the signal's number for a command that a signal ended. */
  status: number
  stdout: Buffer
  text: string
  stderr: string
}

/** The user of the command: a home with Docker's configuration, a PATH, and an Engine. */
export class User {
  readonly home = mkdtempSync(join(tmpdir(), 'holdfast-user-'))
  readonly #mark = randomUUID()
  readonly #host: string | undefined

  constructor(host?: string) {
    this.#host = host
    mkdirSync(this.path('bin'))
  }

  path(name: string): string {
    return join(this.home, name)
  }

  write(name: string, content: string | object): string {
    writeFileSync(this.path(name), typeof content === 'string' ? content : JSON.stringify(content))
    return this.path(name)
  }

  /** Puts a program into PATH. */
  install(name: string, script: string): void {
    chmodSync(this.write(join('bin', name), script), 0o755)
  }

  get env(): Record<string, string> {
    return {
      // npm puts the Node under test first, which is the one that runs this.
      PATH: [this.path('bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: this.home,
      DOCKER_CONFIG: this.home,
      HOLDFAST_TEST_USER: this.#mark,
      // Helpers have it too, so that their processes are found.
      HOLDFAST_HELPER_ENV: 'HOLDFAST_TEST_USER',
      ...(this.#host !== undefined && { DOCKER_HOST: this.#host }),
    }
  }

  start(args: readonly string[], options: CommandOptions = {}): Command {
    return this.startProgram(holdfast, args, options)
  }

  startProgram(program: string, args: readonly string[], options: CommandOptions = {}): Command {
    return new Command(program, args, { ...options, env: { ...this.env, ...options.env } })
  }

  run(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
    return this.start(args, options).finished
  }

  /** Command lines of the processes that this user's commands started and that are there still. */
  processes(): string[] {
    return this.#processes().map(({ line }) => line)
  }

  #processes(): { pid: number; line: string }[] {
    return globSync('/proc/[0-9]*/environ')
      .filter(file => read(file).includes(this.#mark))
      .map(file => ({
        pid: Number(file.split('/')[2]),
        line: read(join(dirname(file), 'cmdline'))
          .replaceAll('\0', ' ')
          .trim(),
      }))
      .filter(({ line }) => line !== '')
  }

  /** Ends what is there still, of which it tells, and removes the home. */
  leave(): string[] {
    const left = this.#processes()
    for (const { pid } of left) end(pid)
    rmSync(this.home, { recursive: true })
    return left.map(({ line }) => line)
  }
}

// A process may end by itself between being found and being ended, or read.
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** A command under way. */
export class Command {
  readonly finished: Promise<Finished>
  readonly stdin: Writable
  readonly stdout: Readable | null
  readonly #child: ChildProcess
  readonly #said = { stdout: [] as Buffer[], stderr: [] as Buffer[] }

  constructor(program: string, args: readonly string[], options: CommandOptions) {
    const { env, stdin = '', stdout = 'pipe', collect = true } = options
    this.#child = spawn(program, args, { env, stdio: ['pipe', stdout, 'pipe'] })
    this.stdin = present(this.#child.stdin)
    this.stdout = this.#child.stdout
    // A command need not read all, or anything, of what it is sent.
    this.stdin.on('error', () => undefined)
    if (stdin !== 'open') this.stdin.end(stdin)
    if (collect) this.stdout?.on('data', chunk => this.#said.stdout.push(chunk))
    this.#child.stderr?.on('data', chunk => this.#said.stderr.push(chunk))
    this.finished = this.#finish()
  }

  async #finish(): Promise<Finished> {
    const [code, signal] = await once(this.#child, 'close')
    const stdout = Buffer.concat(this.#said.stdout)
    const status = code ?? 128 + constants.signals[signal as NodeJS.Signals]
    return { status, stdout, text: stdout.toString(), stderr: this.#text('stderr') }
  }

  #text(stream: 'stdout' | 'stderr'): string {
    return Buffer.concat(this.#said[stream]).toString()
  }

  get pid(): number {
    return present(this.#child.pid)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves when what was printed so far, or is printed from now on, matches. */
  async printed(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    const source = present(this.#child[stream])
    for (let ended = false; ; ) {
      const found = pattern.exec(this.#text(stream))
      if (found) return found
      if (ended)
        throw new Error(
          `${pattern} was not printed on ${stream}: ${this.#text('stdout')}\n${this.#text('stderr')}`,
        )
      const leaving = new AbortController()
      const more = once(source, 'data', { signal: leaving.signal }).then(() => false)
      ended = await Promise.race([more, this.finished.then(() => true)])
      leaving.abort()
    }
  }
}

function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined)
    throw new Error('the command did not start, or has no such stream')
  return value
}

export interface AuditLine {
  method: string
  path: string
  status?: number
  error?: string
  ms: number
  'X-Registry-Auth'?: string
  engine: string
}

export function readAudit(file: string): AuditLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

/** What was asked, in order. Attach and wait are asked at once, and noted as they are answered: here in this order. */
export function conversation(lines: readonly Pick<AuditLine, 'method' | 'path'>[]): string[] {
  const shapes = lines.map(shape)
  const wait = shapes.indexOf('POST /containers/ID/wait')
  const swapped = shapes[wait + 1] === 'POST /containers/ID/attach'
  return swapped
    ? shapes.with(wait, 'POST /containers/ID/attach').with(wait + 1, 'POST /containers/ID/wait')
    : shapes
}

// `POST /containers/ID/wait` for whatever version, container and query.
function shape({ method, path }: Pick<AuditLine, 'method' | 'path'>): string {
  const bare = path.replace(/^\/v1\.\d+\//, '/').replace(/\?.*/, '')
  return `${method} ${bare.replace(/^(\/containers\/)[0-9a-f]{64}/, '$1ID').replace(/^(\/images\/).*(\/json)$/, '$1NAME$2')}`
}

/** Containers that holdfast has left on an Engine; they are removed, as the next test is not to blame. */
export async function leftBehind(socket: string): Promise<string[]> {
  const found = (await containers(socket)).filter(({ Labels }) => 'dev.holdfast.run' in Labels)
  for (const { Id } of found) await engineRequest(socket, 'DELETE', `/containers/${Id}?force=1&v=1`)
  return found.map(({ Id, State }) => `${Id} ${State}`)
}
