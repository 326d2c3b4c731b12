import { dockerVersion } from './docker.ts'
import { type EngineDraft, engineFlags, helpFlag } from './engine.ts'
import { workExits } from './exits.ts'
import type { Command } from './flag.ts'

/** `holdfast version`. */
export const versionCommand: Command<EngineDraft> = {
  name: 'version',
  operands: '[OPTIONS]',
  about: "Show holdfast's version, the Engine's, and the API version in use",
  flags: [...engineFlags, helpFlag],
  stops: false,
  lacks: dockerVersion,
  exits: workExits,
  examples: ['holdfast version', 'holdfast version --host ssh://build@farm.example'],
}
