import type { Metric } from './workload.ts'

/** Seconds of the work itself; of programs that do not report it, of the whole process. */
export const seconds: Metric = {
  key: 'seconds',
  label: 'time',
  unit: 's',
  of: ({ seconds, wall }) => seconds ?? wall,
}

/** Milliseconds from a process's start to its end. */
export const wall: Metric = {
  key: 'wall',
  label: 'start to end',
  unit: 'ms',
  of: ({ wall = 0 }) => wall * 1000,
}

/** CPU milliseconds of the whole process. */
export const processCpu: Metric = {
  key: 'cpu',
  label: 'CPU',
  unit: 'ms',
  of: ({ processCpu = 0 }) => processCpu * 1000,
}

/** The most memory that the process had. */
export const peak: Metric = {
  key: 'peak',
  label: 'peak memory',
  unit: 'MiB',
  steady: true,
  of: ({ peak }) => peak && peak / 2 ** 20,
}

/** CPU seconds for each GiB of work; the process's start is left out where the contender reports the work alone. */
export const cpuPerGiB: Metric = {
  key: 'cpu',
  label: 'CPU per GiB',
  unit: 's',
  of: ({ bytes, cpu, processCpu = 0 }) => bytes && ((cpu ?? processCpu) / bytes) * 2 ** 30,
}

/** Milliseconds for each piece of work. */
export const each: Metric = {
  key: 'each',
  label: 'each',
  unit: 'ms',
  of: ({ count, seconds = 0 }) => count && (seconds / count) * 1000,
}

/** CPU milliseconds for each piece of work, the process's start left out. */
export const cpuEach: Metric = {
  key: 'cpu',
  label: 'CPU each',
  unit: 'ms',
  of: ({ count, cpu = 0 }) => count && (cpu / count) * 1000,
}
