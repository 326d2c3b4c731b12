import { connect } from '../connect.ts'
import type { Invocation } from '../invocation.ts'
import { openAudit } from '../terminal/audit.ts'
import { print } from '../terminal/print.ts'
import { openProgress } from '../terminal/progress/progress.ts'
import { signalNumber } from '../terminal/signals.ts'
import { distinct, type PullReport, pullAll } from './pull-all.ts'
import { checkOneRegistry, registryPassword } from './registry-password.ts'

/** `holdfast pull`: makes images local, some at a time; one that fails does not keep the others from it. */
export async function pullCommand(invocation: Invocation & { command: 'pull' }): Promise<number> {
  const { registryUser, json, quiet, engine: where } = invocation
  const images = distinct(invocation.images)
  if (registryUser !== undefined) checkOneRegistry(images)
  const audit = await openAudit(invocation.audit)
  const engine = connect(where)
  const password = registryUser === undefined ? undefined : registryPassword(registryUser)
  const progress = openProgress({ mode: invocation.progress, quiet })
  const interruption = interruptible(line => progress.say(line))
  const { config } = where
  try {
    const options = {
      ...invocation.pulling,
      engine,
      signal: interruption.signal,
      ...(config && { config }),
      ...(password && { credentials: password.lookup }),
    }
    const reports = await pullAll(images, { options, parallel: invocation.parallel, progress })
    progress.end()
    const printed = json || !quiet ? await print(json ? jsonOf(reports) : linesOf(reports)) : 0
    return interruption.status() ?? (reports.every(({ ok }) => ok) ? printed : 125)
  } finally {
    progress.end()
    interruption.end()
    password?.end()
    await engine.close()
    await audit.end()
  }
}

function jsonOf(reports: readonly PullReport[]): string {
  return `${JSON.stringify(reports, null, 2)}\n`
}

function linesOf(reports: readonly PullReport[]): string {
  return reports.map(({ ok, image, id, digest }) => (ok ? `${digest ?? id} ${image}\n` : '')).join('')
}

/** A signal to the process ends what is under way. */
function interruptible(say: (line: string) => void) {
  const controller = new AbortController()
  let received: NodeJS.Signals | undefined
  const interrupt = (name: NodeJS.Signals) => {
    if (received !== undefined) process.exit(128 + signalNumber(name))
    received = name
    say(`ended by ${name}`)
    controller.abort(new Error(`ended by ${name}`))
  }
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, interrupt)
  return {
    signal: controller.signal,
    status: () => received && 128 + signalNumber(received),
    end: () => {
      for (const name of names) process.off(name, interrupt)
    },
  }
}
