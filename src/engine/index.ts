export type { TlsFiles } from './address/address.ts'
export type { LocateOptions } from './address/locate.ts'
export { connect, type Engine } from './engine.ts'
export { EngineError, type EngineErrorCode } from './error.ts'
export type { RequestReport } from './http/diagnostics.ts'
export type { EngineRequest, EngineResponse } from './http/http.ts'
export type { Query } from './http/query.ts'
export {
  type ArchiveEntry,
  type NewArchiveEntry,
  packArchive,
  type UnpackOptions,
  unpackArchive,
} from './streams/archive.ts'
export type { Attachment } from './streams/attach.ts'
export type { OutputChunk } from './streams/frames.ts'
export type { OutputStream } from './streams/output-stream.ts'
export type * from './wire.ts'
