import { fit, type Glyphs, type Part } from './fit.ts'
import { timeText } from './words.ts'

export interface Size {
  columns: number
  rows: number
}

/** The meaning of a line, shown as a colour. */
export type Tone = 'good' | 'trouble' | 'aside'

export interface Line {
  /** At most one column less than there are: a full line's end is not the same on all terminals. */
  text: string
  tone?: Tone
}

/** What a frame is drawn on. */
export interface Canvas extends Size {
  glyphs: Glyphs
  /** Milliseconds, on the clock of the pulls. */
  now: number
}

/** The first variant that fits. */
export function line({ columns, glyphs }: Canvas, ways: readonly (readonly Part[])[], tone?: Tone): Line {
  return { text: fit(columns - 1, ways, glyphs), ...(tone && { tone }) }
}

/** Text without characters that may be two columns wide, or zero. */
export function plain(text: string): string {
  return text.replace(/[^ -~]/g, '?')
}

export function percent(fraction: number): string {
  return `${Math.floor(fraction * 100)}%`.padStart(4)
}

/** A time in whole seconds, since tenths flicker. */
export function seconds(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms / 1_000))
  return whole < 10 ? `${whole} s` : timeText(whole * 1_000)
}
