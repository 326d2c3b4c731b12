import type { Metric } from './workload.ts'

const megabyte = 1e6

/** Seconds of the work itself; of programs that don't tell, of the whole process. */
export const seconds: Metric = {
  key: 'seconds',
  label: 'time',
  unit: 's',
  better: 'less',
  of: ({ seconds, wall }) => seconds ?? wall,
}

/** Seconds from a process's start to its end. */
export const wall: Metric = {
  key: 'wall',
  label: 'start to end',
  unit: 'ms',
  better: 'less',
  of: ({ wall = 0 }) => wall * 1000,
}

/** CPU seconds of the whole process, its start included. */
export const cpu: Metric = {
  key: 'cpu',
  label: 'CPU',
  unit: 's',
  better: 'less',
  of: ({ processCpu }) => processCpu,
}

/** The most memory that the process ever had. */
export const peak: Metric = {
  key: 'peak',
  label: 'peak memory',
  unit: 'MB',
  better: 'less',
  steady: true,
  of: ({ peak }) => peak && peak / megabyte,
}

/** Bytes of work per second. */
export const throughput: Metric = {
  key: 'rate',
  label: 'throughput',
  unit: 'MB/s',
  better: 'more',
  of: ({ bytes, seconds, wall = 0 }) => bytes && bytes / (seconds ?? wall) / megabyte,
}

/** CPU seconds for each GiB of work, the process's start left out where the contender tells it apart. */
export const cpuPerGiB: Metric = {
  key: 'cpu',
  label: 'CPU per GiB',
  unit: 's',
  better: 'less',
  of: ({ bytes, cpu, processCpu = 0 }) => bytes && ((cpu ?? processCpu) / bytes) * 2 ** 30,
}

/** Pieces of work per second. */
export const perSecond: Metric = {
  key: 'rate',
  label: 'rate',
  unit: '/s',
  better: 'more',
  of: ({ count, seconds = 0 }) => count && count / seconds,
}

/** CPU microseconds for each piece of work, the process's start left out. */
export const cpuEach: Metric = {
  key: 'cpu',
  label: 'CPU each',
  unit: 'µs',
  better: 'less',
  of: ({ count, cpu = 0 }) => count && (cpu / count) * 1e6,
}
