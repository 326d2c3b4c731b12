import { dockerRun } from './docker.ts'
import { engineFlags, helpFlag } from './engine.ts'
import { runExits } from './exits.ts'
import type { Command } from './flag.ts'
import { imageFlags } from './image.ts'
import { policyFlags } from './policy.ts'
import { containerFlags } from './run-container.ts'
import type { RunDraft } from './run-draft.ts'
import { jobFlags } from './run-job.ts'

/** `holdfast run`. */
export const runCommand: Command<RunDraft> = {
  name: 'run',
  operands: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  about: 'Run a container as a job',
  flags: [...containerFlags, ...jobFlags, ...policyFlags, ...imageFlags, ...engineFlags, helpFlag],
  stops: true,
  lacks: dockerRun,
  exits: runExits,
  examples: [
    'holdfast run -v ./data:/data -e DAY=2026-11-23 alpine:3.22 wc -l /data/in.csv',
    'holdfast run --pull never --timeout 2h --outcome out.json batch:1.4',
    'holdfast run --pull refresh --max-stale 7d --pull-timeout connect=5s batch:1.4',
  ],
}
