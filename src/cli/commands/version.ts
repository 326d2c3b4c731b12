import { ownVersion } from '../../run/own-version.ts'
import type { Command } from '../command.ts'
import { dockerVersion } from '../flags/docker.ts'
import { type EngineFlags, engineFlags } from '../flags/engine.ts'
import { print } from '../terminal/print.ts'
import { withEngine } from '../with-engine.ts'
import { noOperand } from './job-operand.ts'

export const version: Command<EngineFlags> = {
  name: 'version',
  operands: '[OPTIONS]',
  about: "Show holdfast's version, the Engine's, and the API version in use",
  flags: [...engineFlags, ...dockerVersion],
  exits: [
    ['0', 'done'],
    ['125', 'holdfast or the Engine failed'],
    ['130, 143', 'ended by SIGINT, SIGTERM'],
    ['141', 'the program reading the output closed the pipe (SIGPIPE)'],
  ],
  examples: ['holdfast version', 'holdfast version --host ssh://build@farm.example'],
  target: () => ({ engine: {} }),
  async run(flags, operands) {
    noOperand(version, operands)
    const { newestApi, oldestApi } = await import('../../engine/http/version.ts')
    return withEngine(flags, async engine => {
      const { Version, ApiVersion, Os, Arch, Platform, Components } = await engine.system.version()
      const product = Platform?.Name || Components?.[0]?.Name || 'Docker Engine'
      return print(
        [
          `holdfast  ${ownVersion}  (API ${oldestApi} to ${newestApi})`,
          `Engine    ${Version}  (API ${ApiVersion}, ${Os}/${Arch}, ${product})`,
          `Address   ${await engine.address()}`,
          `In use    API ${await engine.apiVersion()}`,
          '',
        ].join('\n'),
      )
    })
  },
}
