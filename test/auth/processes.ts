import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

/** A named pipe that a helper script writes to (`echo … > $DIR/NAME`): the promise is its text, once it has. */
export function pipe(directory: string, name: string): Promise<string> {
  const file = join(directory, name)
  execFileSync('mkfifo', [file])
  return readFile(file, 'utf8')
}

/** Whether a process runs no more; one that is dead and waits for its parent to look does not. */
export function isGone(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 2) throw new Error(`no process id: ${pid}`)
  try {
    process.kill(pid, 0)
  } catch {
    return true
  }
  return process.platform === 'linux' && isZombie(pid)
}

function isZombie(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}

/**
 * Whether a process that was killed ends, within two seconds. For a helper's children: the kernel closes the pipe of one
 * that it has killed a moment before it lets go of the process.
 */
export async function goes(pid: number): Promise<boolean> {
  const deadline = performance.now() + 2_000
  while (!isGone(pid) && performance.now() < deadline) await setImmediate()
  return isGone(pid)
}

/** What keeps this process busy with children. */
export function childResources(): readonly string[] {
  return process.getActiveResourcesInfo().filter(name => name === 'ProcessWrap')
}
