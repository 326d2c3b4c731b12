export type { ArchiveEntry } from './archive.ts'
export { type Cassette, type CassetteOptions, cassette } from './cassette.ts'
export type { Content, Headers } from './content.ts'
export { type Edit, edit } from './edit.ts'
export type { Exchange, Said, Utterance } from './exchange.ts'
export type { Matching } from './match.ts'
export type { Mode } from './mode.ts'
export type { Cut } from './pace.ts'
export { type Recorder, type RecordOptions, record } from './record.ts'
export {
  type EventRecording,
  type ExchangeRecording,
  formatRecording,
  parseRecording,
  type RecordedEvent,
  type Recording,
  RecordingError,
} from './recording.ts'
export { type Replay, ReplayError, type ReplayOptions, replay } from './replay.ts'
export { type Suspect, suspectsIn } from './suspects.ts'
