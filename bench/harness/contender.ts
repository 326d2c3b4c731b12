import { join } from 'node:path'
import { lacks, pythonProgram, type Rival } from './at-hand.ts'
import { compilerLacks, program } from './compiler.ts'
import type { Contender } from './workload.ts'

type Argument = string | number
type More = Partial<Omit<Contender, 'name' | 'command'>> & { needs?: readonly Rival[] }

const contenders = join(import.meta.dirname, '../contenders')

/** What holdfast is built on, and can't be faster than. */
export const undiciAlone = 'dispatch() with the smallest handler, no timers'

/** A contender that is a script for Node. */
export function node(name: string, script: string, args: readonly Argument[], more: More = {}): Contender {
  return contender(name, [process.execPath, join(contenders, script), ...args], more)
}

/** A contender that is a script for Python, and needs docker-py. */
export function python(script: string, args: readonly Argument[], more: More = {}): Contender {
  return contender('docker-py', [pythonProgram ?? 'python3', join(contenders, script), ...args], {
    needs: ['docker-py'],
    ...more,
  })
}

/** A contender that is a shell script. */
export function shell(name: string, script: string, args: readonly Argument[], more: More = {}): Contender {
  return contender(name, ['sh', join(contenders, script), ...args], more)
}

/** A floor in C, floors/NAME.c. */
export function c(name: string, args: readonly Argument[], more: More = {}): Contender {
  return contender('C', [program(name), ...args], { lacks: compilerLacks, ...more })
}

/** The docker command. */
export function docker(name: string, socket: string, args: readonly Argument[], more: More = {}): Contender {
  return contender(name, ['docker', '-H', `unix://${socket}`, ...args], { needs: ['docker'], ...more })
}

export function contender(
  name: string,
  command: readonly Argument[],
  { needs = [], lacks: given, ...more }: More,
): Contender {
  const missing = given ?? needs.map(rival => lacks[rival]).find(reason => reason !== undefined)
  return { name, command: command.map(String), ...more, lacks: missing }
}
