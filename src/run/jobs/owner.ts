import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** The process that runs a job. On a system without /proc only `host` and `pid` are known, the rest is `-`. */
export interface Owner {
  host: string
  /** Changes with each boot of the host; containers of one host share it. */
  boot: string
  /** The process table that `pid` is from, as the inode of its namespace. */
  pids: string
  pid: number
  /** When the process started, in clock ticks since the boot: distinguishes it from a later process with its pid. */
  started: string
}

const unknown = '-'
let own: Owner | undefined

/** This process. */
export function ownOwner(): Owner {
  own ??= {
    host: hostname(),
    boot: orUnknown(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pids: orUnknown(() => readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')),
    pid: process.pid,
    started: orUnknown(() => statOf(process.pid).started),
  }
  return own
}

/** As the value of a label. */
export function ownerText({ host, boot, pids, pid, started }: Owner): string {
  return `${host} ${boot} ${pids} ${pid} ${started}`
}

/** Undefined for a text that {@link ownerText} did not write. */
export function parseOwner(text = ''): Owner | undefined {
  const [, host, boot, pids, pid, started] = /^(\S+) (\S+) (\S+) ([1-9]\d*) (\S+)$/.exec(text) ?? []
  if (host === undefined || boot === undefined || pids === undefined || started === undefined)
    return undefined
  return { host, boot, pids, pid: Number(pid), started }
}

/**
 * Whether that process is alive; undefined where this process can't know: the other is on another host, was on this one
 * before a reboot, has another process table, or can't be seen in this one.
 */
export function isAlive({ boot, pids, pid, started }: Owner, self = ownOwner()): boolean | undefined {
  if (boot === unknown || pids === unknown || boot !== self.boot || pids !== self.pids) return undefined
  try {
    const { state, started: seen } = statOf(pid)
    return seen === started && state !== 'Z' && state !== 'X'
  } catch {
    return isAbsent(pid) ? false : undefined
  }
}

// /proc may be mounted so that it hides the processes of other users.
function isAbsent(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Fields 3 and 22 of /proc/PID/stat. The second is the program's name, which may hold spaces and parentheses. */
function statOf(pid: number): { state: string; started: string } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, started] = [fields[0], fields[19]]
  if (state === undefined || started === undefined) throw new Error(`/proc/${pid}/stat has too few fields`)
  return { state, started }
}

function orUnknown(read: () => string): string {
  try {
    return read()
  } catch {
    return unknown
  }
}
