import { RecordingError } from './file/recording.ts'

/** `once` records where no file is, and plays it otherwise; `replay` never records; `record` always does. */
export const modes = ['once', 'replay', 'record'] as const
/** One of the modes of a recording: `once`, `replay` or `record`. */
export type Mode = (typeof modes)[number]

/** What `HOLDFAST_RECORD` may say beside the modes. */
const aliases: Readonly<Record<string, Mode>> = { all: 'record', none: 'replay' }

/**
 * The mode to use: what `HOLDFAST_RECORD` says, else the one that was asked for. Where `CI` is set, nothing is recorded.
 *
 * @throws {RecordingError} when `HOLDFAST_RECORD` is not a mode.
 */
export function modeFrom(asked: Mode, { CI, HOLDFAST_RECORD: wanted }: NodeJS.ProcessEnv): Mode {
  const mode = wanted ? (aliases[wanted] ?? modes.find(each => each === wanted)) : asked
  if (mode === undefined) {
    const known = [...modes, ...Object.keys(aliases)].join(', ')
    throw new RecordingError(`HOLDFAST_RECORD is ${JSON.stringify(wanted)}; it must be one of ${known}`)
  }
  return isCi(CI) ? 'replay' : mode
}

/** True where `CI` is set to anything but `false`, `0` or nothing. */
export function isCi(value: string | undefined): boolean {
  return value !== undefined && !/^(false|0|)$/i.test(value)
}
