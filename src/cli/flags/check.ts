import { dockerNothing } from './docker.ts'
import { type EngineDraft, engineFlags, file, helpFlag } from './engine.ts'
import { checkExits } from './exits.ts'
import type { Command, Flag } from './flag.ts'
import { type PlatformDraft, platformFlag } from './image.ts'
import { type PolicyDraft, policyFlags } from './policy.ts'
import { jsonFlag } from './pull.ts'

/** `holdfast check` while its flags are read. */
export interface CheckDraft extends EngineDraft, PlatformDraft, PolicyDraft {
  /** A list of images; `-` is stdin. */
  file?: string
  json: boolean
}

/** Nothing given yet. */
export function newCheckDraft(): CheckDraft {
  return { policy: {}, json: false, engine: {} }
}

const list: Flag<CheckDraft> = {
  name: 'file',
  value: 'FILE',
  about: 'Check the images that FILE names, too, one a line; # begins a comment, - is stdin',
  set(draft, value) {
    draft.file = file(value)
  },
}

/** `holdfast check`. */
export const checkCommand: Command<CheckDraft> = {
  name: 'check',
  operands: '[OPTIONS] IMAGE...',
  about: 'Tell which images would run while their registry is down; asks the Engine only',
  flags: [...policyFlags, platformFlag, list, jsonFlag, ...engineFlags, helpFlag],
  stops: false,
  lacks: dockerNothing,
  exits: checkExits,
  examples: [
    'holdfast check alpine:3.22 registry.example/team/app:1.4',
    'holdfast check --pull refresh --max-stale 7d --json --file images.txt',
  ],
}
