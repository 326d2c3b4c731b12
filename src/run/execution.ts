import type { OutputChunk } from '../engine/streams/frames.ts'
import { HoldfastError } from './failure.ts'

/** Output of an execution, for one reader. */
export interface OutputSource {
  /** What has arrived; undefined at the end. The bytes are overwritten by the next call. */
  read(): Promise<readonly OutputChunk[] | undefined>
  close(): void
}

/** The stdin of an execution. */
export interface Input {
  /** Resolves when more may be written. */
  write(bytes: Uint8Array): Promise<void>
  end(): void
}

/** What the Engine knows of an execution. */
export interface ExecutionState {
  phase: 'created' | 'running' | 'ended'
  oomKilled: boolean
  /** Milliseconds since 1970, by the Engine's clock; undefined until it has ended. */
  finishedAt: number | undefined
}

/** What a run opens, starts, follows, stops and removes: a container of its own is the first kind. */
export interface Execution {
  readonly id: string
  /** Connects to the streams and registers for the exit, before the start. */
  open(): Promise<{ output: OutputSource; input: Input }>
  start(): Promise<void>
  /** The exit status; called once it has started. */
  wait(): Promise<number>
  state(signal?: AbortSignal): Promise<ExecutionState>
  /** @param name as `SIGTERM`. */
  signal(name: string): Promise<void>
  resize(size: { rows: number; columns: number }): Promise<void>
  /** Sends the stop signal, and the kill after `grace` milliseconds. */
  stop(grace: number): Promise<void>
  remove(): Promise<void>
  /** Drops the connections that `open` and `wait` hold. */
  close(): void
}

/** The Engine refused to start an execution. */
export class StartRefused extends HoldfastError {
  /** 127 where the command was not found, 126 where it can't be run, as in a shell; null where something else failed. */
  readonly exitCode: number | null

  constructor(exitCode: number | null, { message, engineMessage, hint, cause }: HoldfastError) {
    super('start-failed', message, { engineMessage, hint, cause })
    this.exitCode = exitCode
  }
}
