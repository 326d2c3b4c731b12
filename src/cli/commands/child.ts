import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { explain } from '../explain.ts'
import { quote } from '../quote.ts'
import { complain } from '../terminal/print.ts'
import { signalNumber } from '../terminal/signals.ts'
import { UsageError } from '../usage.ts'

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs a command of this machine with our own streams and that Engine; gives its exit status, 128 and more for a signal,
 * and as shells do 127 where it is not found, 126 where it can't be run.
 */
export async function runChild([command = '', ...argv]: readonly string[], host: string): Promise<number> {
  let child: ChildProcess | undefined
  // Before the command begins: it may be signalled as soon as it has said a word.
  for (const signal of passedOn) process.on(signal, pass)
  try {
    child = spawn(command, argv, { stdio: 'inherit', env: environment(host) })
    const exited = Promise.withResolvers<number>()
    child.once('exit', (status, signal) => exited.resolve(status ?? 128 + signalNumber(signal ?? 'SIGKILL')))
    await once(child, 'spawn')
    // A signal may be refused, as for a command that runs as another user.
    child.on('error', () => undefined)
    return await exited.promise
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const failure = new UsageError(`${quote(command)} can't be run (${code})`, hintFor(code))
    complain(explain(failure))
    return code === 'ENOENT' ? 127 : 126
  } finally {
    for (const signal of passedOn) process.off(signal, pass)
  }

  function pass(signal: NodeJS.Signals): void {
    // A terminal sends it to the command, too.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child?.kill(signal)
  }
}

// A context would win over DOCKER_HOST for some clients, and TLS is not spoken on a unix socket.
function environment(host: string): NodeJS.ProcessEnv {
  const { DOCKER_CONTEXT, DOCKER_TLS, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, ...env } = process.env
  return { ...env, DOCKER_HOST: host }
}

function hintFor(code: string | undefined): string {
  return code === 'ENOENT' ? 'Is it installed, and in the PATH?' : 'Is it a program, and may it be executed?'
}
