import { homedir } from 'node:os'

/** The home directory; undefined without HOME and without an entry of the user in /etc/passwd, as in some containers. */
export function homeDirectory(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env.HOME) return env.HOME
  try {
    return homedir()
  } catch {
    return undefined
  }
}
