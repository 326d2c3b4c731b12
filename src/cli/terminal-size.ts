import type { Job } from '../run/job.ts'

/** Keeps a container's terminal as large as ours. */
export interface TerminalSize {
  end(): void
}

export function followSize(job: Job): TerminalSize {
  const { stdout } = process
  if (!stdout.isTTY) return { end() {} }
  // A size that could not be set is no reason to trouble anyone: the next one may be.
  const resize = () => void job.resize({ rows: stdout.rows, columns: stdout.columns }).catch(() => undefined)
  stdout.on('resize', resize)
  resize()
  return { end: () => void stdout.off('resize', resize) }
}
