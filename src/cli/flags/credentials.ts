import type { ImageOptions } from '../../run/options.ts'
import { UsageError } from '../usage.ts'
import { parseBoolean, readBoolean } from '../values/boolean.ts'
import type { Flag } from './flag.ts'

/** Whose credentials a pull uses. */
export interface CredentialsDraft {
  readonly pulling: Pick<ImageOptions, 'anonymousFallback'>
  registryUser?: string
  passwordStdin: boolean
}

const anonymousFallback: Flag<CredentialsDraft> = {
  name: 'anonymous-fallback',
  bare: 'true',
  about: 'Pull without credentials where their source is broken',
  set({ pulling }, { text, where }) {
    pulling.anonymousFallback = parseBoolean(text, where)
  },
}

const registryUser: Flag<CredentialsDraft> = {
  name: 'registry-user',
  value: 'NAME',
  about: "The registry's user, in place of what docker login has stored",
  set(draft, { text, where }) {
    // What is not a name may hold the password.
    if (text === '' || text.includes(':')) {
      throw new UsageError(`${where} is not a name of a user`, 'Write a name without a colon.')
    }
    draft.registryUser = text
  },
}

const passwordStdin: Flag<CredentialsDraft> = {
  name: 'registry-password-stdin',
  bare: 'true',
  about: "Read that user's password from stdin, when a pull is about to go out",
  set(draft, { text, where }) {
    const given = readBoolean(text)
    if (given === undefined) throw new UsageError(`${where} takes no password`, 'Pass it on stdin.')
    draft.passwordStdin = given
  },
}

/** The flags of {@link CredentialsDraft}. */
export const credentialsFlags: readonly Flag<CredentialsDraft>[] = [
  registryUser,
  passwordStdin,
  anonymousFallback,
]

/** The user whose password comes on stdin: a name without a password is refused, and so is the reverse. */
export function registryUserOf({ registryUser: user, passwordStdin }: CredentialsDraft): {
  registryUser?: string
} {
  if (user === undefined && !passwordStdin) return {}
  if (user === undefined) {
    throw new UsageError('--registry-password-stdin needs --registry-user', 'Add --registry-user NAME.')
  }
  if (!passwordStdin) {
    throw new UsageError(
      '--registry-user needs --registry-password-stdin',
      'Add --registry-password-stdin, and pass the password on stdin.',
    )
  }
  return { registryUser: user }
}
