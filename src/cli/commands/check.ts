import type { Engine } from '../../engine/engine.ts'
import type { CheckOptions, ImageCheck } from '../../run/image/check.ts'
import type { Command } from '../command.ts'
import { explain, explainFailure } from '../explain.ts'
import { type AllHostsFlags, allHostsFlag, engineFlags } from '../flags/engine.ts'
import { itself, set } from '../flags/flag.ts'
import { platformFlag, policyFlags } from '../flags/image.ts'
import { complain, jsonText, print } from '../terminal/print.ts'
import { boolean } from '../values/scalar.ts'
import { withAudit, withEngine } from '../with-engine.ts'
import { onEachHost } from './all-hosts.ts'
import { checkText, hostsText } from './check-table.ts'
import { fileFlag, imageList, someImage, valid } from './image-list.ts'

/** What the flags of `holdfast check` say. */
export interface CheckFlags extends AllHostsFlags {
  options: Pick<CheckOptions, 'platform' | 'pull' | 'staleIf' | 'maxStale'>
  /** A list of more images; `-` is stdin. */
  file?: string
  json?: boolean
}

export const check: Command<CheckFlags> = {
  name: 'check',
  operands: '[OPTIONS] IMAGE...',
  about: 'Show which images would run while their registry is down; asks the Engine only',
  flags: [
    ...policyFlags,
    platformFlag,
    fileFlag('Check'),
    {
      name: 'json',
      about:
        'Print a JSON array, with an object for each image; with --all-hosts for each host, which has them',
      ...set(itself<CheckFlags>, 'json', boolean),
    },
    ...engineFlags,
    allHostsFlag,
  ],
  completes: 'image',
  exits: [
    ['0', 'all images would survive an outage; with --all-hosts, on all hosts'],
    ['1', 'one or more would not'],
    ['125', 'holdfast or the Engine failed, or an image is not a valid reference'],
    ['141', 'the program reading the output closed the pipe (SIGPIPE)'],
  ],
  examples: [
    'holdfast check alpine:3.22 registry.example/team/app:1.4',
    'holdfast check --pull refresh --max-stale 7d --json --file images.txt',
    'holdfast check --all-hosts --host tcp://a:2376 --host tcp://b:2376 app:1.4',
  ],
  target: () => ({ engine: {}, options: {} }),
  async run(flags, operands, context) {
    if (flags.file === undefined) someImage(check, operands)
    const { check: checkImages } = await import('../../run/image/check.ts')
    const { images, errors } = valid([
      ...operands.map(image => ({ image })),
      ...(flags.file === undefined ? [] : await imageList(flags.file, context)),
    ])
    for (const error of errors) complain(explain(error), error.kind)
    if (images.length === 0) return 125
    const look = (engine: Engine) => checkImages({ ...flags.options, images, engine })
    const { isTTY, columns } = process.stdout
    const width = isTTY ? columns : Number.POSITIVE_INFINITY
    if (!flags.allHosts) {
      const checks = await withEngine(flags, look)
      const printed = await print(flags.json ? jsonText(checks) : checkText(checks, width))
      if (errors.length > 0) return 125
      return printed || statusOf(checks)
    }
    const results = await withAudit(flags, () => onEachHost(flags.engine, look))
    for (const { failure } of results) if (failure !== null) complain(explainFailure(failure), failure.kind)
    const printed = await print(flags.json ? jsonText(results) : hostsText(results, width))
    if (errors.length > 0 || results.some(({ failure }) => failure !== null)) return 125
    return printed || statusOf(results.flatMap(({ images }) => images ?? []))
  },
}

function statusOf(checks: readonly ImageCheck[]): number {
  return checks.every(({ survives }) => survives) ? 0 : 1
}
