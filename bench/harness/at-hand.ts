import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whether a program is in the PATH. */
export function has(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => isExecutable(join(folder, program)))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Python itself, and not a script that looks for one. */
export const pythonProgram =
  spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout?.trim() ||
  undefined

/** Why a contender cannot run on this machine; undefined where it can. */
export const lacks = {
  docker: has('docker') ? undefined : 'no docker command',
  curl: has('curl') ? undefined : 'no curl',
  tar: has('tar') ? undefined : 'no tar',
  'docker-registry': has('docker-registry')
    ? undefined
    : 'no docker-registry (apt-get install docker-registry)',
  dockerode: existsSync(join(import.meta.dirname, '../node_modules/dockerode'))
    ? undefined
    : 'no dockerode (npm ci --prefix bench)',
} as const

export type Needed = keyof typeof lacks
