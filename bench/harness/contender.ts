import { join } from 'node:path'
import { lacks, type Needed } from './at-hand.ts'
import { holdfastRoot } from './checkout.ts'
import type { Contender } from './workload.ts'

type Argument = string | number
type More = Partial<Omit<Contender, 'name' | 'command' | 'lacks'>> & { needs?: readonly Needed[] }

const contenders = join(import.meta.dirname, '../contenders')

/** A contender that is a script for Node. */
export function node(name: string, script: string, args: readonly Argument[], more: More = {}): Contender {
  return contender(name, [process.execPath, join(contenders, script), ...args], more)
}

/** A contender that is a shell script. */
export function shell(name: string, script: string, args: readonly Argument[], more: More = {}): Contender {
  return contender(name, ['sh', join(contenders, script), ...args], more)
}

/** The docker command. */
export function docker(name: string, socket: string, args: readonly Argument[], more: More = {}): Contender {
  return contender(name, ['docker', '-H', `unix://${socket}`, ...args], { needs: ['docker'], ...more })
}

/** The holdfast command. */
export function holdfast(
  name: string,
  socket: string,
  args: readonly Argument[],
  more: More = {},
): Contender {
  const bin = join(holdfastRoot, 'bin/holdfast.js')
  return contender(name, [process.execPath, bin, ...args], {
    env: { DOCKER_HOST: `unix://${socket}` },
    ...more,
  })
}

export function contender(
  name: string,
  command: readonly Argument[],
  { needs = [], ...more }: More,
): Contender {
  const missing = needs.map(needed => lacks[needed]).find(reason => reason !== undefined)
  return { name, command: command.map(String), ...more, lacks: missing }
}
