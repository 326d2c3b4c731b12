import { readdirSync, readFileSync } from 'node:fs'

/** Where the system does not say how many files a process may open: what macOS grants, and Windows has no such limit. */
const assumed = 10_240

let spare: number | undefined

/** How many files this process could still open, connections among them, when it was first asked. */
export function spareFiles(): number {
  spare ??= countSpareFiles()
  return spare
}

/** Node raises its own limit as far as it may, so the first figure is the one that holds. */
export function countSpareFiles(limits = '/proc/self/limits', open = '/proc/self/fd'): number {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync(limits, 'latin1'))?.[1]
    return limit === undefined ? assumed : Number(limit) - readdirSync(open).length
  } catch {
    // Another system, or a process that was not granted these files.
    return assumed
  }
}
