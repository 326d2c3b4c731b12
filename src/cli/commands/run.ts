import { setImmediate as turn } from 'node:timers/promises'
import { checkRunOptions } from '../../run/check-options.ts'
import { createBody, mergeContainer } from '../../run/container/body.ts'
import type { Job } from '../../run/job.ts'
import { containerIdentity } from '../../run/jobs/identity.ts'
import type { RunOptions } from '../../run/options.ts'
import type { Outcome } from '../../run/outcome.ts'
import type { Command } from '../command.ts'
import { connect } from '../connect.ts'
import { exitStatus } from '../exit-status.ts'
import { explain, explainFailure } from '../explain.ts'
import { type ContainerFlags, containerFlags, moreContainerFlags } from '../flags/container.ts'
import { dockerRun } from '../flags/docker.ts'
import { type EngineFlags, engineFlags } from '../flags/engine.ts'
import { add, into, itself, set } from '../flags/flag.ts'
import { type ImageFlags, imageFlags, policyFlags, registryUserOf } from '../flags/image.ts'
import { networkFlags } from '../flags/network.ts'
import { resourceFlags } from '../flags/resources.ts'
import type { ProcessContext } from '../process-context.ts'
import { proxyVariables } from '../proxies.ts'
import { openAudit } from '../terminal/audit.ts'
import { openCidFile } from '../terminal/cid-file.ts'
import { copyOut, OutputError } from '../terminal/copy-out.ts'
import { openLineFile } from '../terminal/files.ts'
import { openKeyboard } from '../terminal/keyboard.ts'
import { complain, print } from '../terminal/print.ts'
import { openProgress } from '../terminal/progress/progress.ts'
import { routeSignals, type SignalRoute, signalNumber } from '../terminal/signals.ts'
import { followSize, type TerminalSize } from '../terminal/size.ts'
import { stdio } from '../terminal/stdio.ts'
import { UsageError } from '../usage.ts'
import { containerJson } from '../values/container-json.ts'
import { copyFromContainer, copyLimits, copyToContainer } from '../values/copy.ts'
import { duration } from '../values/duration.ts'
import { result } from '../values/result.ts'
import { boolean, containerName, integer, jobKey, path, removal, stream } from '../values/scalar.ts'
import { someImage } from './image-list.ts'
import { registryPassword } from './registry-password.ts'

/** What the flags of `holdfast run` say: Docker's flags of the container, ours of the options. */
export interface RunFlags extends EngineFlags, ContainerFlags, ImageFlags {
  options: Omit<RunOptions, 'image' | 'container'>
  interactive?: boolean
  /** The streams to connect; those of the container's output that are not among them are not printed. */
  attach?: ('stdin' | 'stdout' | 'stderr')[]
  /** A file to write the container's id to. */
  cidfile?: string
  dryRun?: boolean
  failOnGap?: boolean
  /** A file to write the outcome to; `-` is stderr. */
  outcome?: string
  /** A file to write the conversation with the Engine to when the run fails. */
  recordFailure?: string
}

const options = ({ options }: RunFlags) => options

export const run: Command<RunFlags> = {
  name: 'run',
  operands: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  about: 'Run a container as a job',
  flags: [
    ...containerFlags,
    { name: 'name', about: "The container's name", ...set(options, 'name', containerName) },
    {
      name: 'interactive',
      short: 'i',
      about: 'Pass stdin on to the container',
      ...set(itself<RunFlags>, 'interactive', boolean),
    },
    {
      name: 'attach',
      short: 'a',
      about: 'Print only this stream of the container: stdout or stderr',
      ...add(itself<RunFlags>, 'attach', stream),
    },
    {
      name: 'stop-timeout',
      about: 'Seconds from the stop signal to the kill. Default: 10',
      ...into(integer(-1), ({ container, options }: RunFlags, seconds) => {
        container.StopTimeout = seconds
        if (seconds >= 0) options.stopGrace = seconds * 1000
      }),
    },
    {
      name: 'cidfile',
      about: "Write the container's id to FILE, which must not exist",
      ...set(itself<RunFlags>, 'cidfile', path('FILE')),
    },
    {
      name: 'fail-on-gap',
      about: 'Exit with 125 where output is known to be missing',
      ...set(itself<RunFlags>, 'failOnGap', boolean),
    },
    {
      name: 'dry-run',
      about: 'Print the request that would create the container, and do nothing',
      ...set(itself<RunFlags>, 'dryRun', boolean),
    },
    {
      name: 'rm',
      about: 'When to remove the container. Default: always',
      ...set(options, 'remove', removal),
    },
    {
      name: 'job',
      about: 'Make the run idempotent: one container for each KEY; a later run follows it',
      ...set(options, 'job', jobKey),
    },
    {
      name: 'detach',
      short: 'd',
      about: 'With --job: end once the container has started, and print its id',
      ...set(options, 'detach', boolean),
    },
    {
      name: 'timeout',
      about: 'Stop the job after DURATION, as 90s or 1h30m',
      ...set(options, 'timeout', duration),
    },
    {
      name: 'idle-timeout',
      about: 'Stop the job when it has printed nothing for DURATION',
      ...set(options, 'idleTimeout', duration),
    },
    {
      name: 'skip-exit-code',
      about: 'An exit status by which the job says that it had nothing to do; the outcome is then skipped',
      ...into(integer(1, 255), ({ options }: RunFlags, code) => {
        options.skipExitCodes = [...(options.skipExitCodes ?? []), code]
      }),
    },
    {
      name: 'copy-in',
      about: 'Copy a file or directory into the container before it starts',
      ...into(copyToContainer, ({ options }: RunFlags, copy) => {
        options.copyIn = [...(options.copyIn ?? []), copy]
      }),
    },
    {
      name: 'copy-out',
      about: 'Copy a file or directory out of the container after it has ended, also when it failed',
      ...into(copyFromContainer, ({ options }: RunFlags, copy) => {
        options.copyOut = [...(options.copyOut ?? []), copy]
      }),
    },
    {
      name: 'copy-limit',
      about: 'What one copy may take; 0 is no limit. Default: bytes=64g,entries=1000000,idle=2m,total=1h',
      ...set(options, 'copyLimits', copyLimits),
    },
    {
      name: 'result',
      about: "What the outcome has as result: stdout, its last line, or the container's JSON FILE",
      ...set(options, 'result', result),
    },
    {
      name: 'outcome',
      about: 'Write the outcome to FILE as JSON; - is the last line of stderr',
      ...set(itself<RunFlags>, 'outcome', path('FILE')),
    },
    {
      name: 'record-failure',
      about: 'If the run fails, write its conversation with the Engine to FILE, for holdfast replay',
      ...set(itself<RunFlags>, 'recordFailure', path('FILE')),
    },
    ...policyFlags,
    ...imageFlags,
    ...engineFlags,
    ...resourceFlags,
    ...networkFlags,
    ...moreContainerFlags,
    {
      name: 'container-json',
      about: "Docker's create body, or a part of it, merged over what the flags say",
      group: 'Container',
      ...into(containerJson, (flags: RunFlags, json) => {
        flags.container = mergeContainer(flags.container, json)
      }),
    },
    ...dockerRun,
  ],
  stops: true,
  completes: 'image',
  exits: [
    ['0-255', "the container's own"],
    ['124', '--timeout or --idle-timeout ran out'],
    ['125', 'holdfast or the Engine failed'],
    ['126', "the container's command can't be run"],
    ['127', "the container's command is not found"],
    ['130, 143', 'ended by SIGINT, SIGTERM before a container existed'],
    ['141', 'the program reading the output closed the pipe (SIGPIPE)'],
  ],
  examples: [
    'holdfast run -v ./data:/data -e DAY=2026-11-23 alpine:3.22 wc -l /data/in.csv',
    'holdfast run --pull never --timeout 2h --outcome out.json batch:1.4',
    'holdfast run --job nightly-2026-11-23 batch:1.4',
    'holdfast run --pull refresh --max-stale 7d --pull-timeout connect=5s batch:1.4',
  ],
  target: () => ({ engine: {}, container: {}, options: {} }),
  async run(flags, operands, context) {
    const request = runRequest(flags, operands, context)
    if (flags.dryRun) return print(await dryRun(request, flags))
    const { outcome: file } = flags
    const audit = await openAudit(flags.audit)
    const report = file === undefined || file === '-' ? undefined : await openLineFile('--outcome', file)
    await using flight = await flightRecorder(flags)
    const endFiles = async () => {
      const ends = await Promise.allSettled([report?.end(), audit.end()])
      return ends.flatMap(end => (end.status === 'rejected' ? [end.reason] : []))
    }
    try {
      const { outcome, status } = await runJob(request, { ...flags, engine: flight?.engine ?? flags.engine })
      report?.write(outcome)
      if (outcome.kind !== 'ok') await flight?.save()
      const failures = await endFiles()
      for (const failure of failures) complain(explain(failure))
      if (file === '-') stdio('stderr').write(`${JSON.stringify(outcome)}\n`)
      // The job's own status: 125 would make a scheduler run it again.
      return status
    } finally {
      await endFiles()
    }
  },
}

async function flightRecorder({ recordFailure, engine }: RunFlags) {
  if (recordFailure === undefined) return undefined
  const { openFlightRecorder } = await import('./recording.ts')
  return openFlightRecorder(recordFailure, engine)
}

/** The run that the arguments ask for. Its Engine, stdin, signals and events are added by who performs it. */
export function runRequest(
  flags: RunFlags,
  operands: readonly string[],
  context: ProcessContext,
): RunOptions {
  someImage(run, operands)
  const [image = '', ...command] = operands
  if (flags.interactive && flags.passwordStdin) {
    throw new UsageError(
      '--registry-password-stdin and -i both read stdin',
      'Omit -i, or store the password with docker login.',
    )
  }
  registryUserOf(flags)
  const { options, container, engine } = flags
  if (options.detach && options.job === undefined)
    throw new UsageError('--detach needs --job', 'A job is found again by its key.')
  const Env = [...(container.Env ?? []), ...proxyVariables(engine, container.Env ?? [], context)]
  return {
    ...options,
    image,
    container: { ...container, ...(Env.length > 0 && { Env }), ...(command.length > 0 && { Cmd: command }) },
  }
}

/** What would be sent to create the container, as JSON. */
async function dryRun(request: RunOptions, { interactive }: RunFlags): Promise<string> {
  checkRunOptions(request)
  const { image, platform } = request
  const options = { ...request, ...(interactive && { stdin: '' }) }
  const { name, labels } = await containerIdentity(options, 'the id of the run')
  const body = createBody(options, labels)
  return `${JSON.stringify({ image, query: { name, platform }, body }, null, 2)}\n`
}

async function runJob(request: RunOptions, flags: RunFlags) {
  const { interactive = false, quiet = false, engine: where } = flags
  const registryUser = registryUserOf(flags)
  const tty = request.container?.Tty ?? false
  const { run } = await import('../../run/run.ts')
  const cidfile = flags.cidfile === undefined ? undefined : openCidFile(flags.cidfile)
  const keyboard = openKeyboard(interactive, tty)
  const progress = openProgress({ mode: flags.progress ?? 'auto', quiet })
  const signals = routeSignals(line => progress.say(line), {
    quiet,
    outlivesHangup: request.job !== undefined,
  })
  const engine = await connect(where, message => {
    if (!quiet) progress.say(`warning: ${message}`)
  })
  const password = registryUser === undefined ? undefined : registryPassword(registryUser)
  const undeliverable = new AbortController()
  let size: TerminalSize | undefined
  try {
    const job = run({
      ...(tty ? withConsoleSize(request) : request),
      engine,
      config: where.config,
      credentials: password?.lookup,
      stdin: keyboard.input,
      signal: AbortSignal.any([signals.abort, undeliverable.signal]),
      // What is printed is not kept too, but for a result.
      capture: typeof request.result === 'string' ? undefined : 0,
      reject: false,
      onEvent(event) {
        progress.onEvent(event)
        if (event.type === 'gap') progress.say(`output may be missing: ${event.reason}`)
        if (event.type === 'created' || event.type === 'adopted') cidfile?.write(event.container)
        if (event.type !== 'started') return
        signals.toContainer(job, event.container)
        if (tty) size = followSize(job)
      },
    })
    const delivery = deliver(job, flags.attach, undeliverable)
    const outcome = await job
    progress.end()
    const stopped = outcome.kind === 'timeout' || outcome.kind === 'cancelled'
    const trouble = await (stopped ? Promise.race([delivery, abandoned()]) : delivery)
    const status = conclude(outcome, trouble, signals)
    if (request.detach && outcome.kind === 'ok') {
      return { outcome, status: await print(`${outcome.container?.id}\n`) }
    }
    return { outcome, status: flags.failOnGap ? failOnGap(outcome, status) : status }
  } finally {
    progress.end()
    cidfile?.end()
    size?.end()
    keyboard.end()
    password?.end()
    signals.end()
    await engine.close()
  }
}

/** The container's terminal has the size of ours from its start. */
function withConsoleSize(request: RunOptions): RunOptions {
  const { isTTY, rows, columns } = process.stdout
  if (!isTTY) return request
  return {
    ...request,
    container: mergeContainer({ HostConfig: { ConsoleSize: [rows, columns] } }, request.container ?? {}),
  }
}

/** Milliseconds that a reader who has stopped reading has for the rest of the output once the job is over. */
const lastPatience = 1_000

/** What such a reader has not taken is dropped: a write that is not taken would keep the process alive for ever. */
async function abandoned(): Promise<undefined> {
  await turn()
  if (process.stdout.writableLength + process.stderr.writableLength === 0) return undefined
  setTimeout(() => process.exit(), lastPatience).unref()
  return undefined
}

/** Copies the job's output out. When nobody takes it any more, the job ends as a program in a pipeline does. */
async function deliver(
  job: Job,
  streams: RunFlags['attach'],
  undeliverable: AbortController,
): Promise<OutputError | undefined> {
  try {
    await copyOut(job.chunks({ reuse: true }), streams)
    return undefined
  } catch (error) {
    if (!(error instanceof OutputError)) throw error
    // What the kill does not reach, the end of the run does.
    await job.kill('SIGKILL').catch(() => undefined)
    undeliverable.abort(error)
    return error
  }
}

function failOnGap({ gaps }: Outcome, status: number): number {
  if (status !== 0 || gaps.length === 0) return status
  complain(['the job ended with status 0, and part of its output is missing (--fail-on-gap)'])
  return 125
}

function conclude(outcome: Outcome, trouble: OutputError | undefined, signals: SignalRoute): number {
  const { failure } = outcome
  const endedBy = signals.endedBy()
  if (trouble?.code === 'EPIPE') return 128 + signalNumber('SIGPIPE')
  if (trouble !== undefined) {
    complain([trouble.message, 'The container was killed, as its output could go nowhere. Is the disk full?'])
    return 125
  }
  if (outcome.kind === 'cancelled' && endedBy !== undefined) {
    const { exitCode } = outcome
    const ran =
      exitCode === null ? 'before the container ran' : `as the container started: it ended with ${exitCode}`
    complain([`ended by ${endedBy} ${ran}`])
  } else if (outcome.kind === 'cancelled' && signals.killed()) {
    complain(['killed by a second signal'])
  } else if (failure !== null && (failure.kind !== 'exit' || outcome.oomKilled)) {
    complain(explainFailure(failure))
  }
  return exitStatus(outcome, endedBy)
}
