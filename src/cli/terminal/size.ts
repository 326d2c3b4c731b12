import type { Job } from '../../run/job.ts'

/** Keeps a container's terminal as large as ours. */
export interface TerminalSize {
  end(): void
}

/** What is read of the terminal that a container's is to be as large as. */
export interface Sized {
  isTTY: boolean
  rows: number
  columns: number
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

export function followSize(job: Pick<Job, 'resize'>, ours: Sized = process.stdout): TerminalSize {
  if (!ours.isTTY) return { end() {} }
  let changed = false
  let busy = false
  // One after another: of two on their way at once, the older may arrive last, and would stay.
  async function resize() {
    changed = true
    if (busy) return
    busy = true
    while (changed) {
      changed = false
      // A size that could not be set is no reason to trouble anyone: the next one may be.
      await job.resize({ rows: ours.rows, columns: ours.columns }).catch(() => undefined)
    }
    busy = false
  }
  const onResize = () => void resize()
  ours.on('resize', onResize)
  onResize()
  return {
    end() {
      changed = false
      ours.off('resize', onResize)
    },
  }
}
