import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { explain } from '../explain.ts'
import { quote } from '../quote.ts'
import { complain } from '../terminal/print.ts'
import { signalNumber } from '../terminal/signals.ts'
import { UsageError } from '../usage.ts'

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs a local command with our streams and DOCKER_HOST set; resolves with its exit status, 128 plus the number of a signal,
 * or, as in a shell, 127 when it is not found and 126 when it cannot be run.
 */
export async function runChild([command = '', ...argv]: readonly string[], host: string): Promise<number> {
  let child: ChildProcess | undefined
  // Before the command starts: signals may arrive as soon as it has printed something.
  for (const signal of passedOn) process.on(signal, pass)
  try {
    child = spawn(command, argv, { stdio: 'inherit', env: environment(host) })
    const exited = Promise.withResolvers<number>()
    child.once('exit', (status, signal) => exited.resolve(status ?? 128 + signalNumber(signal ?? 'SIGKILL')))
    await once(child, 'spawn')
    // Sending a signal may fail, as to a command that runs as another user.
    child.on('error', () => undefined)
    return await exited.promise
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const failure = new UsageError(`${quote(command)} can't be run (${code})`, hintFor(code))
    complain(explain(failure), failure.kind)
    return code === 'ENOENT' ? 127 : 126
  } finally {
    for (const signal of passedOn) process.off(signal, pass)
  }

  function pass(signal: NodeJS.Signals): void {
    // A terminal sends SIGINT to the command as well.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child?.kill(signal)
  }
}

// For some clients a context wins over DOCKER_HOST, and a unix socket has no TLS.
function environment(host: string): NodeJS.ProcessEnv {
  const { DOCKER_CONTEXT, DOCKER_TLS, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, ...env } = process.env
  return { ...env, DOCKER_HOST: host }
}

function hintFor(code: string | undefined): string {
  return code === 'ENOENT' ? 'Is it installed, and in the PATH?' : 'Is it a program, and may it be executed?'
}
