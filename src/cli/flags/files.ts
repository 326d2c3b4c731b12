import type { RunOptions } from '../../run/options.ts'
import { tmpDir } from '../values/copy.ts'
import { secret } from '../values/secret.ts'
import { type Flag, into, set } from './flag.ts'
import { type SwarmFlags, swarmSecret } from './swarm.ts'

interface FileFlags extends SwarmFlags {
  options: Pick<RunOptions, 'secrets' | 'tmpDir'>
}

const ofThisMachine = into(secret, ({ options }: FileFlags, [name, source]) => {
  options.secrets = { ...options.secrets, [name]: source }
})

/** What the container finds in its file system beside its mounts. */
export const fileFlags: readonly Flag<FileFlags>[] = [
  {
    name: 'secret',
    about:
      'Put the content of a file or a variable into /run/secrets/NAME, in memory only. ' +
      'With --swarm: NAME or source=NAME,target=FILE, a secret of the Swarm',
    ...ofThisMachine,
    sets: 'secrets',
    put: (flags, text, context) => (flags.onSwarm ? swarmSecret : ofThisMachine).put(flags, text, context),
  },
  {
    name: 'tmp-dir',
    about:
      'Mount a new directory of this machine, made in FROM, at DIR, and remove it after the run. ' +
      'An Engine that does not see it makes a volume',
    ...set(({ options }: FileFlags) => options, 'tmpDir', tmpDir),
  },
]
