export type { Credentials, CredentialsLookup } from './auth/credentials.ts'
export { CredentialError } from './auth/error.ts'
export { Secret } from './auth/secret.ts'
export type { Pem, TlsFiles } from './engine/address/address.ts'
export type { LocateOptions } from './engine/address/locate.ts'
export { connect, type Engine } from './engine/engine.ts'
export { EngineError, type EngineErrorCode } from './engine/error.ts'
export type { RequestReport } from './engine/http/diagnostics.ts'
export type { EngineRequest } from './engine/http/http.ts'
export type { Query } from './engine/http/query.ts'
export type { EngineResponse } from './engine/http/response.ts'
export type { ArchiveEntry, NewArchiveEntry } from './engine/streams/archive-entry.ts'
export type { Attachment } from './engine/streams/attach.ts'
export type { OutputChunk } from './engine/streams/frames.ts'
export type { OutputStream } from './engine/streams/output-stream.ts'
export { packArchive } from './engine/streams/pack.ts'
export { unpackArchive } from './engine/streams/unpack.ts'
export type * from './engine/swarm-wire.ts'
export type * from './engine/wire.ts'
export type { Phase, PullReason, RunEvent, Stale, TaskFacts } from './run/events.ts'
export {
  type FailureKind,
  type FailureReport,
  failureKinds,
  HoldfastError,
  type TimeLimit,
} from './run/failure.ts'
export type { Copy, CopyLimits, CopyReport, Omission } from './run/files/copies.ts'
export { type CheckOptions, check, type ImageCheck } from './run/image/check.ts'
export { type Pulled, type PullOptions, pull } from './run/image/pull.ts'
export type { Job } from './run/job.ts'
export type { JobInfo } from './run/jobs/job-info.ts'
export { type Jobs, jobs } from './run/jobs/jobs.ts'
export type { LogOptions } from './run/jobs/log.ts'
export type { SweepOptions, Swept } from './run/jobs/sweep.ts'
export type { JobResult, WaitOptions } from './run/jobs/wait.ts'
export type {
  ImageOptions,
  PullPolicy,
  PullTimeout,
  RemovePolicy,
  RunOptions,
  StaleIf,
  SwarmFile,
  SwarmOptions,
} from './run/options.ts'
export {
  type Claim,
  type ImageFacts,
  type Outcome,
  type RegistryFacts,
  RunError,
  type SwarmFacts,
} from './run/outcome.ts'
export type { Line, LineBatch } from './run/output/lines.ts'
export type { JobChunk } from './run/output/output.ts'
export type { EventReport, OutcomeReport } from './run/publish.ts'
export { parseReference, type Reference } from './run/reference.ts'
export { run } from './run/run.ts'
export type { SecretSource } from './run/secret-files.ts'
