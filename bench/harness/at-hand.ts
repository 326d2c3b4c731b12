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

/**
 * Python itself: what the PATH has may be a script that looks for one, at some cost. The first that has docker-py, or any.
 */
export const pythonProgram = pythons().find(program => pythonHas(program, 'docker')) ?? pythons()[0]

/** What is missing of a rival, and how to get it; undefined when it is at hand. */
export const lacks = {
  docker: has('docker') ? undefined : 'no docker command',
  curl: has('curl') ? undefined : 'no curl',
  tar: has('tar') ? undefined : 'no tar',
  'docker-py':
    pythonProgram !== undefined && pythonHas(pythonProgram, 'docker')
      ? undefined
      : 'no docker-py (apt-get install python3-docker)',
  dockerode: npmHas('dockerode'),
  testcontainers: npmHas('testcontainers'),
  'tar-fs': npmHas('tar-fs'),
  esbuild: npmHas('esbuild'),
} as const

export type Rival = keyof typeof lacks

function npmHas(name: string): string | undefined {
  const there = existsSync(join(import.meta.dirname, '../node_modules', name))
  return there ? undefined : `no ${name} (npm ci --prefix bench)`
}

function pythons(): string[] {
  return ['python3', '/usr/bin/python3'].flatMap(name => {
    const { stdout, status } = spawnSync(name, ['-c', 'import sys; print(sys.executable)'], {
      encoding: 'utf8',
    })
    return status === 0 ? [stdout.trim()] : []
  })
}

function pythonHas(program: string, module: string): boolean {
  return spawnSync(program, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0
}
