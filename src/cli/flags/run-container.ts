import { quote } from '../quote.ts'
import { UsageError } from '../usage.ts'
import { parseBoolean } from '../values/boolean.ts'
import { parseEnv } from '../values/env.ts'
import { parseEnvFile } from '../values/envfile.ts'
import { parseLabel } from '../values/label.ts'
import { parseMount } from '../values/mount.ts'
import { parseName } from '../values/name.ts'
import { parseNetwork } from '../values/network.ts'
import { parseVolume } from '../values/volume.ts'
import type { Flag, Value } from './flag.ts'
import type { RunDraft } from './run-draft.ts'

type Text = 'workdir' | 'user' | 'name'

// To docker, an empty text is the same as no flag.
function text(key: Text, parse = ({ text }: Value) => text): Flag<RunDraft>['set'] {
  return ({ run }, value) => {
    if (value.text === '') delete run[key]
    else run[key] = parse(value)
  }
}

/** The flags of `holdfast run` that say what the container is given. */
export const containerFlags: readonly Flag<RunDraft>[] = [
  {
    name: 'env',
    short: 'e',
    value: 'NAME[=VALUE]',
    about: 'Set a variable; NAME alone takes the value it has here',
    set({ variables }, { text, where, world }) {
      variables.set(...parseEnv(text, where, world.env))
    },
  },
  {
    name: 'env-file',
    value: 'FILE',
    about: 'Set the variables of FILE; --env wins over it',
    set({ fileVariables }, { text, where, world }) {
      for (const variable of parseEnvFile(text, where, world)) fileVariables.set(...variable)
    },
  },
  {
    name: 'volume',
    short: 'v',
    value: '[SOURCE:]DIR[:ro]',
    about: 'Mount a directory of the host or a volume at DIR',
    set({ volumes }, { text, where, world }) {
      volumes.push(parseVolume(text, where, world.cwd))
    },
  },
  {
    name: 'mount',
    value: 'KEY=VALUE,...',
    about: 'Mount, as docker run --mount: type, source, target, readonly, ...',
    set({ mounts }, { text, where, world }) {
      mounts.push(parseMount(text, where, world.cwd))
    },
  },
  {
    name: 'workdir',
    short: 'w',
    value: 'DIR',
    about: 'Working directory in the container',
    set: text('workdir'),
  },
  { name: 'user', short: 'u', value: 'USER[:GROUP]', about: 'Names or ids to run as', set: text('user') },
  {
    name: 'entrypoint',
    value: 'PROGRAM',
    about: "Replace the image's entrypoint; empty takes it away",
    set({ run }, { text }) {
      run.entrypoint = text
    },
  },
  {
    name: 'name',
    value: 'NAME',
    about: "The container's name",
    set: text('name', ({ text, where }) => parseName(text, where)),
  },
  {
    name: 'network',
    alias: 'net',
    value: 'NETWORK',
    about: "A network's name or id, none, host, or container:NAME",
    set({ run }, { text, where }) {
      if (run.network !== undefined) {
        throw new UsageError(
          `${where} ${quote(text)} is a second network`,
          'Name one: holdfast joins no more.',
        )
      }
      if (text !== '') run.network = parseNetwork(text, where)
    },
  },
  {
    name: 'label',
    short: 'l',
    value: 'NAME[=VALUE]',
    about: 'Put a label on the container',
    set({ labels }, { text, where }) {
      labels.set(...parseLabel(text, where))
    },
  },
  {
    name: 'interactive',
    short: 'i',
    bare: 'true',
    about: 'Pass stdin on to the container',
    set(draft, { text, where }) {
      draft.interactive = parseBoolean(text, where)
    },
  },
  {
    name: 'tty',
    short: 't',
    bare: 'true',
    about: 'Give the container a terminal',
    set({ run }, { text, where }) {
      run.tty = parseBoolean(text, where)
    },
  },
]
