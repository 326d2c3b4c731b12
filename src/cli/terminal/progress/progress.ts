import type { RunEvent } from '../../../run/events.ts'
import type { FailureKind } from '../../../run/failure.ts'
import { isJsonLog, logText } from '../log.ts'
import { stdio } from '../stdio.ts'
import { draw } from './bars.ts'
import { Copies } from './copies.ts'
import { glyphsFor } from './fit.ts'
import type { ProgressMode } from './modes.ts'
import { type Level, Pulls } from './pulls.ts'
import { Screen, type ScreenStream } from './screen.ts'

export interface ProgressOptions {
  mode: ProgressMode
  /** Prints only the STALE warning. */
  quiet: boolean
  /** Default: stderr. */
  stream?: ScreenStream
  /** The environment, for TERM, the locale and NO_COLOR. Default: `process.env`. */
  env?: NodeJS.ProcessEnv
  /** A clock in milliseconds. Default: a monotonic one. */
  now?: () => number
}

/** Shows pulls and copies on stderr. Nothing is left open after {@link Progress.end}. */
export interface Progress {
  /** Handles the events of runs and pulls. */
  readonly onEvent: (event: RunEvent) => void
  /** Prints lines with the prefix `holdfast: `, or as JSON, above the bars; also when quiet. */
  say(...lines: string[]): void
  /** Reports a failure of that kind in the same way. */
  complain(lines: readonly string[], kind: FailureKind): void
  /** The pull of that image has ended: its bars are removed. An `image` or `failed` event does the same. */
  over(image: string): void
  /** Removes the bars. */
  end(): void
}

type Voice = 'quiet' | 'none' | 'bars' | 'plain'

const heard: Record<Voice, readonly Level[]> = {
  quiet: ['alarm'],
  none: ['alarm', 'notice'],
  bars: ['alarm', 'notice', 'result'],
  plain: ['alarm', 'notice', 'result', 'change'],
}

/** Milliseconds between two frames. */
const frame = 85

export function openProgress(options: ProgressOptions): Progress {
  const { stream = stdio('stderr'), env = process.env, now = () => performance.now() } = options
  const voice = voiceFor(options.mode, options.quiet, stream, env)
  const pulls = new Pulls()
  const copies = new Copies()
  const screen = new Screen(stream, !env.NO_COLOR)
  const glyphs = glyphsFor(env)
  const paint = () => {
    const canvas = { ...screen.size, glyphs, now: now() }
    screen.draw([...draw(pulls.views, canvas), ...copies.lines(canvas)])
  }
  const clock = openClock(stream, paint, () => screen.clear())
  let ended = voice !== 'bars'

  const say = (...lines: string[]) => screen.clear(logText(lines))
  // The first frame waits for the timer, so that a short pull does not flash.
  const follow = () => {
    if (ended || (pulls.views.length === 0 && !copies.isActive)) clock.stop()
    else clock.start()
  }
  return {
    onEvent(event) {
      const said = copies.take(event) ?? pulls.take(event, now())
      follow()
      if (said !== undefined && heard[voice].includes(said.level)) say(said.line)
    },
    say,
    complain: (lines, kind) => screen.clear(logText(lines, { kind })),
    over(image) {
      pulls.forget(image)
      follow()
    },
    end() {
      ended = true
      follow()
    },
  }
}

function voiceFor(mode: ProgressMode, quiet: boolean, stream: ScreenStream, env: NodeJS.ProcessEnv): Voice {
  if (quiet) return 'quiet'
  if (mode !== 'auto') return mode
  return stream.isTTY && env.TERM !== 'dumb' && !isJsonLog() ? 'bars' : 'plain'
}

/** Draws frames while there is something to draw; redraws at once when the terminal is resized. */
function openClock(stream: ScreenStream, paint: () => void, clear: () => void) {
  let timer: NodeJS.Timeout | undefined
  return {
    start(): void {
      if (timer !== undefined) return
      timer = setInterval(paint, frame).unref()
      stream.on('resize', clear)
    },
    stop(): void {
      if (timer === undefined) return
      clearInterval(timer)
      timer = undefined
      stream.off('resize', clear)
      clear()
    },
  }
}
