import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { parseBoolean } from '../values/boolean.ts'
import { dockerPull } from './docker.ts'
import { type EngineDraft, engineFlags, helpFlag } from './engine.ts'
import { pullExits } from './exits.ts'
import type { Command, Flag } from './flag.ts'
import { type ImageDraft, imageFlags, newImageDraft } from './image.ts'

/** `holdfast pull` while its flags are read. */
export interface PullDraft extends EngineDraft, ImageDraft {
  /** How many images are pulled at a time. */
  parallel: number
  json: boolean
}

/** Nothing given yet. */
export function newPullDraft(): PullDraft {
  return { ...newImageDraft(), parallel: 3, json: false, engine: {} }
}

const parallel: Flag<PullDraft> = {
  name: 'parallel',
  value: 'NUMBER',
  about: 'How many images to pull at a time. Default: 3',
  set(draft, { text, where }) {
    if (!/^[1-9]\d{0,3}$/.test(text)) {
      throw new UsageError(`${where} can't be ${quote(text)}`, 'Write a number from 1 to 9999.')
    }
    draft.parallel = Number(text)
  },
}

/** Asks for JSON in place of text for people. */
export const jsonFlag: Flag<{ json: boolean }> = {
  name: 'json',
  bare: 'true',
  about: 'Print a JSON array, with an object for each image',
  set(draft, { text, where }) {
    draft.json = parseBoolean(text, where)
  },
}

/** `holdfast pull`. */
export const pullCommand: Command<PullDraft> = {
  name: 'pull',
  operands: '[OPTIONS] IMAGE...',
  about: 'Make images local, and print DIGEST IMAGE for each',
  flags: [parallel, jsonFlag, ...imageFlags, ...engineFlags, helpFlag],
  stops: false,
  lacks: dockerPull,
  exits: pullExits,
  examples: [
    'holdfast pull alpine:3.22 debian:13',
    'holdfast pull --platform linux/arm64 registry.example/team/app:1.4',
    'holdfast pull --registry-user ci --registry-password-stdin app:1 < token',
  ],
}
