import { checkCommand, newCheckDraft } from './flags/check.ts'
import { registryUserOf } from './flags/credentials.ts'
import type { Command } from './flags/flag.ts'
import type { PlatformDraft } from './flags/image.ts'
import { checkPolicy } from './flags/policy.ts'
import { newPullDraft, pullCommand } from './flags/pull.ts'
import { runCommand } from './flags/run.ts'
import { newRunDraft, type RunDraft } from './flags/run-draft.ts'
import type { Invocation, RunRequest } from './invocation.ts'
import type { ProcessContext } from './process-context.ts'
import { readDraft } from './read-draft.ts'
import { UsageError } from './usage.ts'
import { parsePlatform } from './values/platform.ts'

/** `holdfast run`. */
export function parseRun(argv: readonly string[], world: ProcessContext): Invocation {
  const draft = newRunDraft()
  const operands = readDraft(runCommand, argv, draft, world)
  if (operands === 'help') return { command: 'help', topic: 'run' }
  const [image, ...command] = operands
  if (image === undefined) throw noImage(runCommand)
  const { interactive, passwordStdin, progress, quiet, engine, audit, outcome } = draft
  checkPolicy(draft.policy)
  if (interactive && passwordStdin) {
    throw new UsageError(
      "--registry-password-stdin and -i can't both have stdin",
      'Leave -i out, or store the password with docker login.',
    )
  }
  return {
    command: 'run',
    run: { ...runRequest(draft, image, command), ...platform(draft, world) },
    interactive,
    ...registryUserOf(draft),
    progress,
    quiet,
    engine,
    ...(audit === undefined ? {} : { audit }),
    ...(outcome === undefined ? {} : { outcome }),
  }
}

function runRequest(draft: RunDraft, image: string, command: readonly string[]): RunRequest {
  const env = new Map<string, string | null>([...draft.fileVariables, ...draft.variables])
  return {
    image,
    ...(command.length > 0 && { command }),
    ...draft.run,
    ...draft.policy,
    ...draft.pulling,
    ...(env.size > 0 && { env: Object.fromEntries(env) }),
    ...(draft.labels.size > 0 && { labels: Object.fromEntries(draft.labels) }),
    ...(draft.volumes.length > 0 && { volumes: draft.volumes }),
    ...(draft.mounts.length > 0 && { mounts: draft.mounts }),
  }
}

/** `holdfast pull`. */
export function parsePull(argv: readonly string[], world: ProcessContext): Invocation {
  const draft = newPullDraft()
  const images = readDraft(pullCommand, argv, draft, world)
  if (images === 'help') return { command: 'help', topic: 'pull' }
  if (images.length === 0) throw noImage(pullCommand)
  const { pulling, parallel, json, progress, quiet, engine, audit } = draft
  return {
    command: 'pull',
    images,
    pulling: { ...pulling, ...platform(draft, world) },
    ...registryUserOf(draft),
    parallel,
    json,
    progress,
    quiet,
    engine,
    ...(audit === undefined ? {} : { audit }),
  }
}

/** `holdfast check`. */
export function parseCheck(argv: readonly string[], world: ProcessContext): Invocation {
  const draft = newCheckDraft()
  const images = readDraft(checkCommand, argv, draft, world)
  if (images === 'help') return { command: 'help', topic: 'check' }
  if (images.length === 0 && draft.file === undefined) throw noImage(checkCommand)
  const { policy, file, json, engine, audit } = draft
  checkPolicy(policy)
  return {
    command: 'check',
    images,
    check: { ...policy, ...platform(draft, world) },
    json,
    engine,
    ...(file === undefined ? {} : { file }),
    ...(audit === undefined ? {} : { audit }),
  }
}

function platform(draft: PlatformDraft, { env }: ProcessContext): { platform?: string } {
  if (draft.platform !== undefined) return { platform: draft.platform }
  const preset = env.DOCKER_DEFAULT_PLATFORM
  return preset ? { platform: parsePlatform(preset, 'DOCKER_DEFAULT_PLATFORM') } : {}
}

function noImage({ name, operands }: Command<never>): UsageError {
  return new UsageError(`holdfast ${name} needs an IMAGE`, `Write holdfast ${name} ${operands}.`)
}
