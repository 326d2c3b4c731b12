import type { RunOptions } from '../../run/options.ts'
import { tmpDir } from '../values/copy.ts'
import { secret } from '../values/secret.ts'
import { type Flag, into, set } from './flag.ts'

type FileFlags = { options: Pick<RunOptions, 'secrets' | 'tmpDir'> }

/** What the container finds in its file system beside its mounts. */
export const fileFlags: readonly Flag<FileFlags>[] = [
  {
    name: 'secret',
    about: 'Put the content of a file or a variable into /run/secrets/NAME, in memory only',
    ...into(secret, ({ options }: FileFlags, [name, source]) => {
      options.secrets = { ...options.secrets, [name]: source }
    }),
  },
  {
    name: 'tmp-dir',
    about:
      'Mount a new directory of this machine, made in FROM, at DIR, and remove it after the run. ' +
      'An Engine that does not see it makes a volume',
    ...set(({ options }: FileFlags) => options, 'tmpDir', tmpDir),
  },
]
