import type { OutputChunk } from '../engine/streams/frames.ts'
import { HoldfastError } from './failure.ts'

/** Output of an execution, for one reader. */
export interface OutputSource {
  /** What has arrived; undefined at the end. The bytes are overwritten by the next call. */
  read(): Promise<readonly OutputChunk[] | undefined>
  close(): void
  /** When it last did something that no read shows, by `performance.now()`. */
  readonly activeAt?: number
}

/** One message of a log: a line, or a part of a long one. */
export interface LogEntry {
  stream: 'stdout' | 'stderr'
  /** UTC by the Engine's clock, to the nanosecond, as `2026-11-23T15:02:11.015004655`. The parts of a line share one. */
  timestamp: string
  bytes: Uint8Array
}

/** Which part of a log to read. */
export interface LogQuery {
  /** Go on until the execution ends. */
  follow: boolean
  /** Only messages of that time, and later ones: a timestamp as an entry has it. */
  since?: string | undefined
  /** How many messages of both streams, from the end. Default: all. */
  tail?: number
  signal: AbortSignal
}

/** Which part of a log with timestamps to read. */
export interface StampedLogQuery extends LogQuery {
  /** Only messages of that stream. */
  stream?: LogEntry['stream']
}

/** The stdin of an execution. */
export interface Input {
  /** Resolves when more may be written. */
  write(bytes: Uint8Array): Promise<void>
  end(): void
}

/** The streams of an execution. */
export interface Opened {
  output: OutputSource
  input: Input
  /** The output is a log that is rotated, to be read by its messages: `output` is empty. */
  followSkips?: boolean
}

/** What the Engine knows of an execution. */
export interface ExecutionState {
  /** The name that it has on the Engine. */
  name?: string
  phase: 'created' | 'running' | 'ended'
  oomKilled: boolean
  /** Milliseconds since 1970, by the Engine's clock; undefined until then. */
  startedAt: number | undefined
  finishedAt: number | undefined
  /** It is being removed. */
  isGoing?: boolean
  /** Its log forgets its oldest messages once it is long. */
  logRotates: boolean
  /** Its log is kept in files that are rotated: an Engine that follows it may skip messages, or repeat them. */
  followSkips?: boolean
}

/** The output of an execution, which can be connected to again and again. */
export interface Streams {
  /** It is one stream, which is not framed. */
  readonly tty: boolean
  /** Connects to the output once more, from now on. */
  attach(signal: AbortSignal): Promise<OutputSource>
  /** The log of the output. Rejects with an EngineError where the Engine keeps none that can be read. */
  log(query: LogQuery): Promise<OutputSource>
  /** The same as framed bytes, with a timestamp in front of each message; not with a terminal. */
  stampedLog(query: StampedLogQuery): Promise<AsyncIterable<Uint8Array>>
  /** A time of this machine, in milliseconds since 1970, by the clock of the log. */
  logTime(time: number, signal: AbortSignal): Promise<string>
  state(signal?: AbortSignal): Promise<ExecutionState>
}

/** What an execution has used so far. */
export interface Usage {
  cpuSeconds: number
  /** Bytes; undefined where the Engine does not say. */
  memory: number | undefined
}

/** What a run opens, starts, follows, stops and removes: a container, or a service of a Swarm. */
export interface Execution {
  readonly id: string
  /** What it is, for messages, and how to look at it. */
  readonly about: { noun: 'container' | 'service'; inspectCommand: string }
  /** What its output goes on from after a loss; undefined where it does so by itself. */
  readonly streams: Streams | undefined
  state(signal?: AbortSignal): Promise<ExecutionState>
  /** Connects to the streams and registers for the exit, before the start. */
  open(): Promise<Opened>
  start(): Promise<void>
  /** The exit status; called once it has started. Rejects with an ExecutionFailed where it ended in another way. */
  wait(): Promise<number>
  /** Whether the Engine that runs now followed it to its end: then the log holds all that it printed. */
  endSeen(end: Partial<ExecutionState> & { exitCode: number }, signal: AbortSignal): Promise<boolean>
  /** Whether the Engine that runs now remembers its start: not once it was restarted, or has noted many events. */
  startRemembered(signal: AbortSignal): Promise<boolean>
  /** What it uses, about once a second, until it ends. */
  usage(signal: AbortSignal): Promise<AsyncIterable<Usage>>
  /** @param name as `SIGTERM`. */
  signal(name: string): Promise<void>
  resize(size: { rows: number; columns: number }): Promise<void>
  /** Sends the stop signal, and the kill after `grace` milliseconds. */
  stop(grace: number): Promise<void>
  remove(): Promise<void>
  /** Drops the connections that `open` and `wait` hold. */
  close(): void
}

/** An execution has ended, and failed; its exit status alone does not say how. */
export class ExecutionFailed extends HoldfastError {
  /** Null where there is none. */
  readonly exitCode: number | null

  constructor(exitCode: number | null, { kind, message, engineMessage, hint, cause }: HoldfastError) {
    super(kind, message, { engineMessage, hint, cause })
    this.exitCode = exitCode
  }
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
