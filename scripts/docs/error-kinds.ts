import type { FailureKind } from '../../src/run/failure.ts'

/** What each kind means, in the order in which they are told. */
export const kinds: Record<FailureKind, { meaning: string; status: string }> = {
  usage: {
    meaning: 'The command line, or an option, makes no sense. Nothing was asked of anybody.',
    status: '125',
  },
  'engine-unreachable': { meaning: 'The Engine is not there, or does not answer.', status: '125' },
  'engine-error': {
    meaning: 'The Engine, or what is in its place, gave an answer of no use.',
    status: '125',
  },
  'image-missing': {
    meaning: 'The image is not on the Engine, and no registry may be asked.',
    status: '125',
  },
  'image-mismatch': {
    meaning: 'There is an image of that name, for another platform than the one asked for.',
    status: '125',
  },
  'registry-outage': {
    meaning:
      'The registry is down, overloaded, unreachable or too slow. It was tried three times, within the limits of a pull. Under `refresh`, a local copy runs in its place.',
    status: '125',
  },
  'registry-denied': {
    meaning:
      'The registry refuses: no credentials, wrong ones, or none that may pull this image. Never retried.',
    status: '125',
  },
  'registry-not-found': {
    meaning: 'The registry has no such image, or shows none to who may not see it. Never retried.',
    status: '125',
  },
  'pull-failed': {
    meaning: 'The registry answered, and the image still could not be stored: a full disk, a corrupt layer.',
    status: '125',
  },
  'credential-error': {
    meaning:
      'A source of credentials is broken. Only a pull looks for credentials; one that has none goes out without.',
    status: '125',
  },
  'create-failed': { meaning: 'The Engine refuses to create the container.', status: '125' },
  'start-failed': {
    meaning: 'The container was created and could not be started; it was removed.',
    status: '126 when the command cannot be run, 127 when it is not found, else 125',
  },
  exit: {
    meaning:
      'The job ended by itself, with a status other than 0. Nothing is said, except where memory ran out.',
    status: "the job's own",
  },
  timeout: {
    meaning: 'The run took longer than `--timeout`; the container was stopped and removed.',
    status: '124',
  },
  cancelled: {
    meaning: 'A signal ended the run before the container ran, or a second one killed it.',
    status: '130 for SIGINT, 143 for SIGTERM',
  },
  lost: {
    meaning:
      'The container vanished, or the Engine stayed away for two minutes: how the job ended is not known.',
    status: '125',
  },
}
