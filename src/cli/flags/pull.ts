import { dockerPull } from './docker.ts'
import { type EngineDraft, engineFlags, helpFlag } from './engine.ts'
import { workExits } from './exits.ts'
import type { Command } from './flag.ts'
import { type ImageDraft, imageFlags } from './image.ts'

/** `holdfast pull` while its flags are read. */
export interface PullDraft extends EngineDraft, ImageDraft {}

/** `holdfast pull`. */
export const pullCommand: Command<PullDraft> = {
  name: 'pull',
  operands: '[OPTIONS] IMAGE...',
  about: 'Make images local',
  flags: [...imageFlags, ...engineFlags, helpFlag],
  stops: false,
  lacks: dockerPull,
  exits: workExits,
  examples: [
    'holdfast pull alpine:3.22 debian:13',
    'holdfast pull --platform linux/arm64 registry.example/team/app:1.4',
  ],
}
