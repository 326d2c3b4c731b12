export type { ArchiveEntry } from './bytes/archive.ts'
export { type Cassette, type CassetteOptions, cassette } from './cassette.ts'
export { type Edit, edit } from './edit.ts'
export type { Content, Headers } from './file/content.ts'
export type { Exchange, Said, Utterance } from './file/exchange.ts'
export {
  type EventRecording,
  type ExchangeRecording,
  formatRecording,
  parseRecording,
  type RecordedEvent,
  type Recording,
  RecordingError,
} from './file/recording.ts'
export type { Matching } from './match/match.ts'
export type { Mode } from './mode.ts'
export type { Cut } from './play/pace.ts'
export { type Replay, ReplayError, type ReplayOptions, replay } from './play/replay.ts'
export { type Recorder, type RecordOptions, record } from './record/record.ts'
export { type Suspect, suspectsIn } from './secrets/suspects.ts'
