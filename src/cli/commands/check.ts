import type { CheckOptions } from '../../run/image/check.ts'
import type { Command } from '../command.ts'
import { connect } from '../connect.ts'
import { type EngineFlags, engineFlags } from '../flags/engine.ts'
import { itself, set } from '../flags/flag.ts'
import { platformFlag, policyFlags } from '../flags/image.ts'
import { openAudit } from '../terminal/audit.ts'
import { print } from '../terminal/print.ts'
import { boolean, path } from '../values/scalar.ts'
import { checkText } from './check-table.ts'
import { distinct, imageList, someImage } from './image-list.ts'

/** What the flags of `holdfast check` say. */
export interface CheckFlags extends EngineFlags {
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
    {
      name: 'file',
      about: 'Check the images that FILE names, too, one a line; # begins a comment, - is stdin',
      ...set(itself<CheckFlags>, 'file', path('FILE')),
    },
    {
      name: 'json',
      about: 'Print a JSON array, with an object for each image',
      ...set(itself<CheckFlags>, 'json', boolean),
    },
    ...engineFlags,
  ],
  completes: 'image',
  exits: [
    ['0', 'all images would survive an outage'],
    ['1', 'one or more would not'],
    ['125', 'holdfast or the Engine failed'],
    ['141', 'the program reading the output closed the pipe (SIGPIPE)'],
  ],
  examples: [
    'holdfast check alpine:3.22 registry.example/team/app:1.4',
    'holdfast check --pull refresh --max-stale 7d --json --file images.txt',
  ],
  target: () => ({ engine: {}, options: {} }),
  async run(flags, operands, context) {
    if (flags.file === undefined) someImage(check, operands)
    const { check: checkImages } = await import('../../run/image/check.ts')
    const images = distinct([
      ...operands,
      ...(flags.file === undefined ? [] : await imageList(flags.file, context)),
    ])
    const audit = await openAudit(flags.audit)
    const engine = await connect(flags.engine)
    try {
      const checks = await checkImages({ ...flags.options, images, engine })
      const { isTTY, columns } = process.stdout
      const text = flags.json
        ? `${JSON.stringify(checks, null, 2)}\n`
        : checkText(checks, isTTY ? columns : Number.POSITIVE_INFINITY)
      const printed = await print(text)
      return printed || (checks.every(({ survives }) => survives) ? 0 : 1)
    } finally {
      await engine.close()
      await audit.end()
    }
  },
}
