/** Labels of the container of a run. */
export const labels = {
  /** A value that no other run has: finds a container whose creation was never confirmed. */
  run: 'dev.holdfast.run',
  /** The job's key. */
  job: 'dev.holdfast.job',
  /** The hash of what a job with a key was created from. */
  spec: 'dev.holdfast.spec',
  /** The process that created it. */
  owner: 'dev.holdfast.owner',
  /** The run's policy of removal. */
  remove: 'dev.holdfast.remove',
  /** Present when the run was detached. */
  detached: 'dev.holdfast.detached',
  /** The exit statuses of the option `skipExitCodes`, as `98,99`. */
  skip: 'dev.holdfast.skip',
  /** The option `result`: `stdout`, `last-line` or the path of a file. */
  result: 'dev.holdfast.result',
} as const
