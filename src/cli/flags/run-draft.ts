import type { Mount } from '../../engine/wire.ts'
import type { RunOptions } from '../../run/options.ts'
import type { EngineDraft } from './engine.ts'
import { type ImageDraft, newImageDraft } from './image.ts'
import type { PolicyDraft } from './policy.ts'

type Scalars = Pick<
  RunOptions,
  | 'entrypoint'
  | 'workdir'
  | 'user'
  | 'name'
  | 'network'
  | 'memory'
  | 'cpus'
  | 'init'
  | 'tty'
  | 'timeout'
  | 'remove'
>

/** `holdfast run` while its flags are read. */
export interface RunDraft extends EngineDraft, ImageDraft, PolicyDraft {
  readonly run: Scalars
  /** Of `--env`, which wins over files. */
  readonly variables: Map<string, string | null>
  /** Of `--env-file`. */
  readonly fileVariables: Map<string, string>
  readonly labels: Map<string, string>
  readonly volumes: string[]
  readonly mounts: Mount[]
  interactive: boolean
  /** A file to write the outcome to. */
  outcome?: string
}

/** Nothing given yet. */
export function newRunDraft(): RunDraft {
  return {
    run: {},
    variables: new Map(),
    fileVariables: new Map(),
    labels: new Map(),
    volumes: [],
    mounts: [],
    interactive: false,
    policy: {},
    ...newImageDraft(),
    engine: {},
  }
}
