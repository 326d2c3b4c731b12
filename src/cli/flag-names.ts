import type { FailureReport } from '../run/failure.ts'
import { runFlags } from './flags/run.ts'

/** What no flag sets under the option's name. */
const others: Readonly<Record<string, string>> = {
  image: 'IMAGE',
  command: 'COMMAND',
  labels: '--label',
  mounts: '--mount',
  volumes: '--volume',
}

const flags = runFlags.flatMap(flag => ('refused' in flag ? [] : [flag]))

/** The failure in the words of the command: its flags in place of what the library calls options and fields. */
export function inFlags({ message, hint, ...failure }: FailureReport): FailureReport {
  return { ...failure, message: withFlags(message), ...(hint !== undefined && { hint: withFlags(hint) }) }
}

/** `the option stopGrace` becomes `--stop-timeout`, `the field HostConfig.Privileged` `--privileged (HostConfig.Privileged)`. */
export function withFlags(text: string): string {
  return text.replace(/\bthe (option|field) (\w+(?:\.\w+)*)/gi, (words, noun: string, path: string) => {
    const flag = flagOf(path)
    if (flag === undefined) return words
    return noun.toLowerCase() === 'field' ? `${flag} (${path})` : flag
  })
}

function flagOf(path: string): string | undefined {
  const [first = '', ...parts] = path.split('.')
  const flag = named(parts.at(-1) ?? first)
  if (flag !== undefined || parts.length === 0) return flag
  const whole = named(first)
  return whole && `${whole} ${parts.join('.')}=VALUE`
}

function named(key: string): string | undefined {
  const spelled = key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
  const flag = flags.find(({ sets }) => sets === key) ?? flags.find(({ name }) => name === spelled)
  return others[key] ?? (flag && `--${flag.name}`)
}
