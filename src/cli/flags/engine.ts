import type { LocateOptions } from '../../engine/address/locate.ts'
import { InvalidValueError } from '../../run/invalid.ts'
import { logFormats, setLogFormat } from '../terminal/log.ts'
import { duration } from '../values/duration.ts'
import { boolean, choice, path, text } from '../values/scalar.ts'
import { type Flag, into, itself, set } from './flag.ts'

/** What the flags of a command that speaks to an Engine say. */
export interface EngineFlags {
  engine: Pick<LocateOptions, 'host' | 'context' | 'config'>
  /** A file to write the Engine's requests to. */
  audit?: string
  /** Files of JSON lines that exist are kept, and added to. */
  append?: boolean
}

/** How long the Engine may stay away. */
export const graceFlag: Flag<{ engineGrace?: number }> = {
  name: 'engine-grace',
  about: 'How long an Engine that has answered before may stay away. Default: 2m',
  ...set(itself<{ engineGrace?: number }>, 'engineGrace', duration),
}

/** The addresses that `--host` names. */
export function hostsOf({ host = [] }: EngineFlags['engine']): readonly string[] {
  return typeof host === 'string' ? [host] : host
}

/** Where the Engine is. To docker, an empty text is the same as no flag. */
export const addressFlags: readonly Flag<EngineFlags>[] = [
  {
    name: 'host',
    short: 'H',
    about:
      'Where the Engine is: unix://, tcp:// or ssh://. Repeat it: the first that answers is used. ' +
      'Default: as docker finds it',
    ...into(text('ADDRESS'), ({ engine }: EngineFlags, host) => {
      if (host !== '') engine.host = engine.host === undefined ? host : [...hostsOf(engine), host]
    }),
    sets: 'engine',
  },
  {
    name: 'context',
    about: 'A docker context that says where the Engine is',
    ...into(text('NAME'), ({ engine }: EngineFlags, context) => {
      if (context !== '' && engine.host) {
        throw new InvalidValueError('and --host both say where the Engine is', 'Omit one of them.')
      }
      engine.context = context || undefined
    }),
  },
  {
    name: 'config',
    about: "Docker's configuration directory. Default: DOCKER_CONFIG, else ~/.docker",
    ...into(text('DIR'), ({ engine }: EngineFlags, config) => {
      engine.config = config || undefined
    }),
  },
]

/** The flags of {@link EngineFlags}. */
export const engineFlags: readonly Flag<EngineFlags>[] = [
  ...addressFlags,
  {
    name: 'audit',
    about: 'Write every request to the Engine to FILE, one JSON object a line; - is stderr',
    ...set(itself<EngineFlags>, 'audit', path('FILE')),
  },
  {
    name: 'append',
    about: 'Add to a FILE of --audit or --events that exists. Default: replace it',
    ...set(itself<EngineFlags>, 'append', boolean),
  },
  {
    name: 'log-format',
    about: "How holdfast's own lines on stderr are written: text, or json, an object a line. Default: text",
    first: true,
    ...into(choice(logFormats), (_: EngineFlags, format) => setLogFormat(format)),
  },
]

/** What the flags of a command that can ask several Engines say. */
export interface AllHostsFlags extends EngineFlags {
  allHosts?: boolean
}

/** Without it several hosts are alternatives. */
export const allHostsFlag: Flag<AllHostsFlags> = {
  name: 'all-hosts',
  about: 'Ask each --host; without it, the first that answers',
  ...set(itself<AllHostsFlags>, 'allHosts', boolean),
}
