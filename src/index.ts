export type { Credentials, CredentialsLookup } from './auth/credentials.ts'
export { CredentialError } from './auth/error.ts'
export { Secret } from './auth/secret.ts'
export type { TlsFiles } from './engine/address.ts'
export {
  type ArchiveEntry,
  type NewArchiveEntry,
  packArchive,
  type UnpackOptions,
  unpackArchive,
} from './engine/archive.ts'
export type { Attachment } from './engine/attach.ts'
export type { RequestReport } from './engine/diagnostics.ts'
export { connect, type Engine } from './engine/engine.ts'
export { EngineError, type EngineErrorCode } from './engine/error.ts'
export type { OutputChunk } from './engine/frames.ts'
export type { EngineAnswer, EngineRequest } from './engine/http.ts'
export type { LocateOptions } from './engine/locate.ts'
export type { OutputStream } from './engine/output-stream.ts'
export type { Query } from './engine/query.ts'
export type * from './engine/wire.ts'
export { type CheckOptions, check, type ImageCheck } from './run/check.ts'
export type { Phase, PullReason, RunEvent, Stale } from './run/events.ts'
export type { ImageFacts } from './run/facts.ts'
export { Failure, type FailureKind, type FailureReport, failureKinds } from './run/failure.ts'
export type { RegistryFacts } from './run/image.ts'
export type { Job } from './run/job.ts'
export type { Line, LineBatch } from './run/lines.ts'
export type {
  ImageOptions,
  PullPolicy,
  PullTimeout,
  RemovePolicy,
  RunOptions,
  StaleIf,
} from './run/options.ts'
export { type Outcome, RunError } from './run/outcome.ts'
export type { JobChunk } from './run/output.ts'
export { type Pulled, type PullOptions, pull } from './run/pull-image.ts'
export { parseReference, type Reference } from './run/reference.ts'
export { run } from './run/run.ts'
