import { connect } from '../engine/engine.ts'
import { pull } from '../run/pull-image.ts'
import { openAudit } from './audit.ts'
import { explain } from './explain.ts'
import type { Invocation } from './invocation.ts'
import { narrator } from './narrator.ts'
import { complain, print, say } from './print.ts'
import { signalNumber } from './signals.ts'

/** `holdfast pull`: makes images local, one after the other; one that fails does not keep the others from it. */
export async function pullCommand(invocation: Invocation & { command: 'pull' }): Promise<number> {
  const { images, platform, quiet, engine: where, audit: file } = invocation
  const audit = await openAudit(file)
  const engine = connect(where)
  const interruption = interruptible()
  const onEvent = narrator(quiet ? () => undefined : say)
  const { config } = where
  let status = 0
  try {
    for (const image of images) {
      const { signal } = interruption
      if (signal.aborted) break
      const options = {
        image,
        engine,
        signal,
        onEvent,
        ...(platform && { platform }),
        ...(config && { config }),
      }
      const pulled = await pull(options).catch(error => {
        if (!signal.aborted) complain(explain(error))
        status = 125
      })
      if (pulled !== undefined && !quiet)
        status = (await print(`${pulled.image.digest ?? pulled.image.id} ${image}\n`)) || status
    }
    return interruption.status() ?? status
  } finally {
    interruption.end()
    await engine.close()
    await audit.end()
  }
}

/** A signal to the process ends what is under way. */
function interruptible() {
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
