import type { Job } from '../../run/job.ts'

/** Keeps the size of a container's terminal equal to ours. */
export interface TerminalSize {
  end(): void
}

/** The terminal to take the size from. */
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
  // One request at a time: of two in flight, the older one could arrive last.
  async function resize() {
    changed = true
    if (busy) return
    busy = true
    while (changed) {
      changed = false
      // A failed resize is ignored.
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
