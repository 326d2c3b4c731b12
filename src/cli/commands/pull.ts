import type { Engine } from '../../engine/engine.ts'
import type { Command } from '../command.ts'
import { explain } from '../explain.ts'
import { dockerPull } from '../flags/docker.ts'
import { type AllHostsFlags, allHostsFlag, engineFlags } from '../flags/engine.ts'
import { itself, set } from '../flags/flag.ts'
import { type ImageFlags, imageFlags, registryUserOf } from '../flags/image.ts'
import { openAudit } from '../terminal/audit.ts'
import { wasIgnored } from '../terminal/ignored-signals.ts'
import { complain, jsonText, print } from '../terminal/print.ts'
import { openProgress } from '../terminal/progress/progress.ts'
import { signalNumber } from '../terminal/signals.ts'
import { UsageError } from '../usage.ts'
import { boolean, integer } from '../values/scalar.ts'
import { onEngine } from '../with-engine.ts'
import { allHosts, onEachHost } from './all-hosts.ts'
import { distinct, fileFlag, imageList, someImage, valid } from './image-list.ts'
import type { PullReport } from './pull-all.ts'
import { checkOneRegistry, registryPassword } from './registry-password.ts'

/** What the flags of `holdfast pull` say. */
export interface PullFlags extends AllHostsFlags, ImageFlags {
  parallel?: number
  /** A list of more images; `-` is stdin. */
  file?: string
  json?: boolean
}

export const pull: Command<PullFlags> = {
  name: 'pull',
  operands: '[OPTIONS] IMAGE...',
  about: 'Make images local, and print DIGEST IMAGE for each; with --all-hosts, the host too',
  flags: [
    {
      name: 'parallel',
      about: 'How many images to pull at a time; with --all-hosts, on each host. Default: 3',
      ...set(itself<PullFlags>, 'parallel', integer(1, 9999)),
    },
    fileFlag('Pull'),
    {
      name: 'json',
      about:
        'Print a JSON array, with an object for each image; with --all-hosts for each host, which has them',
      ...set(itself<PullFlags>, 'json', boolean),
    },
    ...imageFlags,
    ...engineFlags,
    allHostsFlag,
    ...dockerPull,
  ],
  completes: 'image',
  exits: [
    ['0', 'all images were pulled'],
    ['125', 'one or more were not'],
    ['129, 130, 143', 'ended by SIGHUP, SIGINT, SIGTERM'],
    ['141', 'the program reading the output closed the pipe (SIGPIPE)'],
  ],
  examples: [
    'holdfast pull alpine:3.22 debian:13',
    'holdfast pull --platform linux/arm64 registry.example/team/app:1.4',
    'holdfast pull --file images.txt',
    'holdfast pull --registry-user ci --registry-password-stdin app:1 < token',
    'holdfast pull --all-hosts --host tcp://a:2376 --host tcp://b:2376 app:1.4',
  ],
  target: () => ({ engine: {}, options: {} }),
  async run(flags, operands, context) {
    if (flags.file === undefined) someImage(pull, operands)
    const { parallel = 3, json, quiet = false, engine: where } = flags
    const registryUser = registryUserOf(flags)
    if (flags.file === '-' && flags.passwordStdin)
      throw new UsageError(
        '--registry-password-stdin and --file - both read stdin',
        'Name a file, or store the password with docker login.',
      )
    const { images: listed, errors } = valid(
      flags.file === undefined ? [] : await imageList(flags.file, context),
    )
    const images = distinct([...operands, ...listed])
    if (registryUser !== undefined) checkOneRegistry(images)
    if (flags.allHosts) allHosts(where)
    for (const error of errors) complain(explain(error), error.kind)
    const { pullAll } = await import('./pull-all.ts')
    const audit = await openAudit(flags)
    const password = registryUser === undefined ? undefined : registryPassword(registryUser)
    const progress = openProgress({ mode: flags.progress ?? 'auto', quiet })
    const warn = (message: string) => {
      if (!quiet) progress.say(`warning: ${message}`)
    }
    const interruption = interruptible(line => progress.say(line))
    const pullFrom = (engine: Engine, host?: string) => {
      const options = {
        ...flags.options,
        engine,
        config: where.config,
        credentials: password?.lookup,
        signal: interruption.signal,
      }
      return pullAll(images, { options, parallel, progress, ...(host !== undefined && { host }) })
    }
    try {
      const results = flags.allHosts
        ? await onEachHost(where, pullFrom, warn)
        : [{ images: await onEngine(where, pullFrom, warn) }]
      progress.end()
      const reports = results.flatMap(({ images }) => images ?? [])
      const text = json ? jsonText(flags.allHosts ? results : reports) : results.map(linesOf).join('')
      const printed = json || !quiet ? await print(text) : 0
      return interruption.status() ?? (errors.length === 0 && reports.every(({ ok }) => ok) ? printed : 125)
    } finally {
      progress.end()
      interruption.end()
      password?.end()
      await audit.end()
    }
  },
}

function linesOf({ host, images }: { host?: string; images: readonly PullReport[] | null }): string {
  const where = host === undefined ? '' : ` ${host}`
  return (images ?? [])
    .map(({ ok, image, id, digest }) => (ok ? `${digest ?? id} ${image}${where}\n` : ''))
    .join('')
}

/** Ends the pulls on a signal. */
function interruptible(say: (line: string) => void) {
  const controller = new AbortController()
  let received: NodeJS.Signals | undefined
  const interrupt = (name: NodeJS.Signals) => {
    if (wasIgnored(name)) return
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
