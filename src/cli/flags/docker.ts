import { InvalidValueError } from '../../run/invalid.ts'
import type { Kind } from '../values/kind.ts'
import { boolean, text } from '../values/scalar.ts'
import { type Destination, type Flag, into, type Refused } from './flag.ts'

/** The flags of `docker run` that make no sense for a job, and those that do so with one value. */
export const dockerRun: readonly (Flag<unknown> | Refused)[] = [
  {
    name: 'kernel-memory',
    kind: text('BYTES'),
    refused: 'the kernel does not have this limit any more',
    instead: 'Use --memory.',
  },
  {
    name: 'use-api-socket',
    kind: boolean,
    refused: 'it gives the container your credentials and all power over the Engine',
    instead: 'Mount the socket alone: -v /var/run/docker.sock:/var/run/docker.sock.',
  },
  {
    name: 'restart',
    about: 'A job runs once: only no',
    hidden: true,
    ...only(
      text('POLICY'),
      ['', 'no'],
      'A job runs once. What starts it can retry it: Restart=on-failure of systemd, retries of Airflow or of a queue.',
    ),
  },
  {
    name: 'sig-proxy',
    about: 'Signals are forwarded: only true',
    hidden: true,
    ...only(
      boolean,
      [true],
      'Signals always go to the job. With --job KEY and --detach it has no terminal to get them from.',
    ),
  },
  {
    name: 'isolation',
    about: 'For Windows: only default',
    hidden: true,
    ...only(text('TECHNOLOGY'), ['', 'default'], 'holdfast runs Linux containers. Omit it.'),
  },
  {
    name: 'disable-content-trust',
    about: 'Signatures of images are not verified: only true',
    hidden: true,
    ...only(boolean, [true], 'holdfast does not verify signatures of images. Name an image by its digest.'),
  },
]

/** The flags of `docker pull` that `holdfast pull` does not have. */
export const dockerPull: readonly Refused[] = [
  {
    name: 'all-tags',
    short: 'a',
    kind: boolean,
    refused: 'it pulls what is named',
    instead: 'Name each image, or list them in a FILE for --file.',
  },
  {
    name: 'disable-content-trust',
    kind: boolean,
    refused: 'it does not verify signatures of images',
    instead: 'Name an image by its digest.',
  },
]

/** The flags of `docker version` that `holdfast version` does not have. */
export const dockerVersion: readonly Refused[] = [
  {
    name: 'format',
    short: 'f',
    kind: text('TEMPLATE'),
    refused: 'it prints text',
    instead: 'Use docker version --format, or system.version() of the library.',
  },
]

/** A flag that docker has, of which one meaning is the only one there is. */
function only<T>(kind: Kind<T>, allowed: readonly T[], hint: string): Destination<unknown> {
  return into(kind, (_, value) => {
    if (!allowed.includes(value)) throw new InvalidValueError('is not supported by holdfast run', hint)
  })
}
