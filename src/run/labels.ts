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
} as const
