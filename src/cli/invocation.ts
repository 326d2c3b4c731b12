import type { Cut } from '../replay/pace.ts'
import type { ReplayTiming } from '../replay/player.ts'
import type { RunOptions } from '../run/options.ts'
import type { EngineFlags } from './flags/engine.ts'

/** The pages of the help. */
export const topics = ['holdfast', 'run', 'pull', 'record', 'replay', 'version'] as const
export type Topic = (typeof topics)[number]

/** What the flags say of a run; stdin, signal, events and the Engine are the command's to add. */
export type RunRequest = Omit<
  RunOptions,
  'config' | 'credentials' | 'engine' | 'signal' | 'onEvent' | 'stdin' | 'stopGrace' | 'capture' | 'reject'
>

/** What the command line asks for. */
export type Invocation =
  | {
      command: 'run'
      run: RunRequest
      interactive: boolean
      quiet: boolean
      engine: EngineFlags
      audit?: string
      outcome?: string
    }
  | {
      command: 'pull'
      images: readonly string[]
      platform?: string
      quiet: boolean
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
