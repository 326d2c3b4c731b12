import { constants } from 'node:os'
import type { Job } from '../../run/job.ts'
import { wasIgnored } from './ignored-signals.ts'

// As docker run forwards them, but for those by which a terminal stops a process. Node can't catch real-time signals.
const forwarded = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGALRM',
  'SIGVTALRM',
  'SIGPROF',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGIO',
  'SIGPWR',
] as const
type Forwarded = (typeof forwarded)[number]

const ending: ReadonlySet<string> = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'])
const insisting: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM'])

export function signalNumber(name: NodeJS.Signals): number {
  return constants.signals[name]
}

/** What a route has to know of the run. */
interface RouteOptions {
  quiet: boolean
  /** SIGHUP leaves the job running. */
  outlivesHangup: boolean
  /** Milliseconds that the container has to end on a signal before a line says that it has not. */
  grace: number
  /** The container has an init, which gives signals their default action. */
  init: boolean
}

/** Routes the signals of this process to a job. */
export interface SignalRoute {
  /** Aborted by a signal that arrives before the container has started. */
  readonly abort: AbortSignal
  /** Forwards further signals to the container of that job. */
  toContainer(job: Job, container: string): void
  /** The signal that ended the run before its container had started. */
  endedBy(): NodeJS.Signals | undefined
  /** Whether a second signal has killed the container. */
  killed(): boolean
  /** Removes the signal handlers. */
  end(): void
}

/**
 * Before the container runs, a signal ends the run; then it goes to the container, and a second SIGINT or SIGTERM kills
 * it. A second one while the run is ending exits at once.
 */
export function routeSignals(
  say: (line: string) => void,
  { quiet, outlivesHangup, grace, init }: RouteOptions,
): SignalRoute {
  // Without a listener SIGHUP ends this process and leaves the container.
  const routed = forwarded.filter(name => !(outlivesHangup && name === 'SIGHUP'))
  const controller = new AbortController()
  let target: { job: Job; container: string } | undefined
  let endedBy: NodeJS.Signals | undefined
  let insisted = 0
  let slow: NodeJS.Timeout | undefined

  const early = (name: Forwarded) => {
    if (!ending.has(name)) return
    if (endedBy !== undefined)
      leave(say, name, 'a container may be left: docker ps -a --filter label=dev.holdfast.run')
    endedBy = name
    controller.abort(new Error(`ended by ${name}`))
  }
  const late = (name: Forwarded, { job, container }: { job: Job; container: string }) => {
    if (insisting.has(name)) insisted++
    const kill = insisted > 1 && insisting.has(name)
    const left = `the container may still run: docker rm -f ${container.slice(0, 12)}`
    if (insisted > 2 && kill) leave(say, name, left)
    if (insisted === 1 && process.stderr.isTTY && !quiet)
      say(`sent ${name} to the container; once more kills it`)
    // With --quiet too: what sent the signal is about to give up, and would leave the container behind.
    if (insisted === 1 && insisting.has(name)) slow = setTimeout(sayItRuns, grace, name).unref()
    job.kill(kill ? 'SIGKILL' : name).catch(error => {
      say(`${name} did not reach the container: ${error.message}`)
      if (kill) leave(say, name, left)
    })
    // The Engine reports no exit while its output is unread; a cancelled run does not wait for a reader.
    if (kill) controller.abort(new Error(`killed by a second ${name}`))
  }
  const sayItRuns = (name: Forwarded) =>
    say(
      `warning: ${name} has not ended the container within ${grace / 1000} s. A second ${name} kills it.` +
        (init ? '' : ' Process 1 ignores a signal that it has no handler for; --init puts an init there.'),
    )
  const receive = (name: Forwarded) => {
    if (wasIgnored(name)) return
    if (target === undefined) early(name)
    else late(name, target)
  }

  for (const name of routed) process.on(name, receive)
  return {
    abort: controller.signal,
    toContainer(job, container) {
      target = { job, container }
    },
    endedBy: () => endedBy,
    killed: () => insisted > 1,
    end() {
      clearTimeout(slow)
      for (const name of routed) process.off(name, receive)
    },
  }
}

function leave(say: (line: string) => void, name: NodeJS.Signals, what: string): never {
  say(`left at once: ${what}`)
  process.exit(128 + signalNumber(name))
}
