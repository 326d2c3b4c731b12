import type { Cut, ReplayTiming } from '../replay/pace.ts'
import type { CheckOptions } from '../run/image/check.ts'
import type { ImageOptions, RunOptions } from '../run/options.ts'
import type { EngineFlags } from './flags/engine.ts'
import type { ProgressMode } from './terminal/progress/modes.ts'

/** The pages of the help. */
export const topics = ['holdfast', 'run', 'pull', 'check', 'record', 'replay', 'version'] as const
export type Topic = (typeof topics)[number]

/** What the flags say of a run; stdin, signal, events and the Engine are the command's to add. */
export type RunRequest = Omit<
  RunOptions,
  'config' | 'credentials' | 'engine' | 'signal' | 'onEvent' | 'stdin' | 'stopGrace' | 'capture' | 'reject'
>

/** How images are made local, and told of. */
interface Pulling {
  /** Whose password is to be read from stdin. */
  registryUser?: string
  progress: ProgressMode
  quiet: boolean
}

/** What the command line asks for. */
export type Invocation =
  | (Pulling & {
      command: 'run'
      run: RunRequest
      interactive: boolean
      engine: EngineFlags
      audit?: string
      outcome?: string
    })
  | (Pulling & {
      command: 'pull'
      images: readonly string[]
      pulling: Pick<ImageOptions, 'platform' | 'pullTimeout' | 'anonymousFallback' | 'breaker'>
      parallel: number
      json: boolean
      engine: EngineFlags
      audit?: string
    })
  | {
      command: 'check'
      images: readonly string[]
      check: Pick<CheckOptions, 'pull' | 'staleIf' | 'maxStale' | 'platform'>
      /** A list of more images; `-` is stdin. */
      file?: string
      json: boolean
      engine: EngineFlags
      audit?: string
    }
  | {
      command: 'record'
      argv: readonly string[]
      out: string
      normalize: boolean
      replace: Readonly<Record<string, string>>
      /** Names of our variables whose values are secrets. */
      redact: readonly string[]
      engine: EngineFlags
    }
  | {
      command: 'replay'
      file: string
      /** Empty: play until a signal. */
      argv: readonly string[]
      socket?: string
      timing: ReplayTiming
      cut: Cut
    }
  | { command: 'version'; engine: EngineFlags; audit?: string }
  | { command: 'version-only' }
  | { command: 'help'; topic: Topic }
