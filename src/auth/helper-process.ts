import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/** Bytes of stdout that a helper may write. */
export const STDOUT_LIMIT = 64 * 1024
/** Bytes of stderr that are kept; a helper may write more. */
const STDERR_KEPT = 4 * 1024

// Milliseconds between the helper's end and that of its output: only a process that left its group holds it open longer.
const LINGER = 1_000

/** How a helper's process ended. */
export type HelperEnd =
  | { readonly how: 'exit'; readonly code: number; readonly stdout: Buffer; readonly stderr: Buffer }
  | { readonly how: 'signal'; readonly signal: string }
  | { readonly how: 'timeout' }
  | { readonly how: 'flood' }
  | { readonly how: 'not-started'; readonly code: string }

/** What a helper's process is given. `timeout` is in milliseconds. */
export interface HelperLimits {
  readonly env: NodeJS.ProcessEnv
  readonly timeout: number
  readonly signal: AbortSignal
}

/**
 * Runs `command get` with `input` on its stdin. Settles when the process, and what it started in its process group, is gone.
 * @throws `signal.reason` when the signal aborts.
 */
export async function runHelper(command: string, input: string, limits: HelperLimits): Promise<HelperEnd> {
  limits.signal.throwIfAborted()
  try {
    return await new HelperProcess(command, limits).converse(input)
  } catch (error) {
    limits.signal.throwIfAborted()
    // The code alone: spawn's message quotes an invalid variable.
    return {
      how: 'not-started',
      code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown',
    }
  }
}

class HelperProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #limits: HelperLimits
  readonly #chunks: Buffer[] = []
  readonly #complaints: Buffer[] = []
  #size = 0
  #complained = 0
  #cut: 'timeout' | 'flood' | 'abort' | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(command: string, limits: HelperLimits) {
    this.#limits = limits
    const { env } = limits
    // Detached makes it the leader of a process group, which a kill reaches as a whole.
    this.#child = spawn(command, ['get'], { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  }

  async converse(input: string): Promise<HelperEnd> {
    const { signal, timeout } = this.#limits
    const onAbort = () => this.#stop('abort')
    signal.addEventListener('abort', onAbort)
    this.#timer = setTimeout(() => this.#stop('timeout'), timeout)
    try {
      return await this.#end(input)
    } finally {
      clearTimeout(this.#timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  #end(input: string): Promise<HelperEnd> {
    const { promise, resolve, reject } = Promise.withResolvers<HelperEnd>()
    this.#child.once('error', reject)
    this.#child.once('exit', () => this.#exited())
    this.#child.once('close', (code: number | null, signal: string | null) => {
      if (this.#cut === 'abort') reject(this.#limits.signal.reason)
      else if (this.#cut) resolve({ how: this.#cut })
      else if (code === null) resolve({ how: 'signal', signal: String(signal) })
      else resolve({ how: 'exit', code, ...this.#output() })
    })
    this.#child.stdout.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#child.stderr.on('data', (chunk: Buffer) => this.#takeComplaint(chunk))
    // EPIPE: a helper may ignore its stdin; its answer and its exit status decide.
    this.#child.stdin.on('error', () => {})
    this.#child.stdin.end(input)
    return promise
  }

  #take(chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size <= STDOUT_LIMIT) this.#chunks.push(chunk)
    else this.#stop('flood')
  }

  #takeComplaint(chunk: Buffer): void {
    this.#complained += chunk.length
    if (this.#complained - chunk.length < STDERR_KEPT) this.#complaints.push(chunk)
  }

  #output(): { stdout: Buffer; stderr: Buffer } {
    const stderr = Buffer.concat(this.#complaints).subarray(0, STDERR_KEPT)
    return { stdout: Buffer.concat(this.#chunks), stderr }
  }

  #closeOutput(): void {
    this.#child.stdout.destroy()
    this.#child.stderr.destroy()
  }

  #stop(why: 'timeout' | 'flood' | 'abort'): void {
    this.#cut ??= why
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#killGroup()
    else this.#closeOutput()
  }

  #exited(): void {
    clearTimeout(this.#timer)
    this.#killGroup()
    this.#timer = setTimeout(() => this.#closeOutput(), LINGER)
  }

  #killGroup(): void {
    if (this.#child.pid === undefined) return
    try {
      process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      // The group is empty.
    }
  }
}
