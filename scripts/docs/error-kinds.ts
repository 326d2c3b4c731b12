import type { FailureKind } from '../../src/run/failure.ts'

/** What each kind means, in the order in which they are told. */
export const kinds: Record<FailureKind, { meaning: string; status: string }> = {
  usage: {
    meaning: 'The command line or an option is invalid. No request was sent.',
    status: '125',
  },
  'engine-unreachable': { meaning: 'The Engine cannot be reached, or does not answer.', status: '125' },
  'engine-error': {
    meaning: 'The Engine, or a server in its place, sent an unexpected answer.',
    status: '125',
  },
  'image-missing': {
    meaning: 'The image is not on the Engine, and the policy does not pull.',
    status: '125',
  },
  'image-mismatch': {
    meaning: 'The image of that name is for another platform than the one asked for.',
    status: '125',
  },
  'registry-outage': {
    meaning:
      'The registry is down, overloaded, unreachable or too slow. The pull was tried three times within its limits. Under `refresh` the local copy runs and the run is marked stale.',
    status: '125',
  },
  'registry-denied': {
    meaning:
      'The registry refuses: the credentials are missing or wrong, or may not pull this image. Never retried.',
    status: '125',
  },
  'registry-not-found': {
    meaning: 'The registry has no such image, or hides it from these credentials. Never retried.',
    status: '125',
  },
  'pull-failed': {
    meaning: 'The registry served the image and the Engine could not store it: a full disk, a corrupt layer.',
    status: '125',
  },
  'credential-error': {
    meaning:
      'A source of credentials is broken, and the registry refuses the pull without them. (With a public image it is a warning.)',
    status: '125',
  },
  'create-failed': { meaning: 'The Engine refuses to create the container.', status: '125' },
  'start-failed': {
    meaning: 'The container was created and could not be started; it was removed.',
    status: '126 when the command cannot be run, 127 when it is not found, else 125',
  },
  'copy-failed': {
    meaning:
      'Files could not be copied into the container, which was not started, or out of it. A job that failed by itself keeps its own kind; the copy is then a warning.',
    status: '125',
  },
  exit: {
    meaning:
      'The job ended by itself with a status other than 0. holdfast prints nothing, unless memory ran out.',
    status: "the job's own",
  },
  timeout: {
    meaning: 'The run took longer than `--timeout`; the container was stopped and removed.',
    status: '124',
  },
  cancelled: {
    meaning: 'A signal ended the run before the container ran, or a second signal killed the container.',
    status: '130 for SIGINT, 143 for SIGTERM; 137 when a second signal killed the container',
  },
  lost: {
    meaning:
      'The container vanished, or the Engine was unreachable for longer than the grace period. How the job ended is not known.',
    status: '125',
  },
  'job-conflict': {
    meaning:
      "The key is in use on the Engine for a job with other options, or the job's name by another container. No container was started.",
    status: '125',
  },
}
