export type { Cut } from './pace.ts'
export { type Recorder, type RecordOptions, record } from './record.ts'
export {
  type Content,
  formatRecording,
  parseRecording,
  type RecordedEvent,
  type Recording,
  RecordingError,
} from './recording.ts'
export { type Replay, type ReplayOptions, replay } from './replay.ts'
