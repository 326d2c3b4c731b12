import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Tally } from './tally.ts'

const execute = promisify(execFile)

/** Where a part works. */
export interface Consumer {
  /** A folder of its own, which it makes. */
  folder: string
  /** The packed package. */
  tarball: string
  tally: Tally
}

/** Makes a project: its package.json, further files, and the packages that it depends on, installed. */
export async function project(
  folder: string,
  dependencies: Record<string, string>,
  files: Record<string, string> = {},
): Promise<void> {
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies })
  for (const [name, text] of Object.entries({ 'package.json': manifest, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  await install(folder)
}

/** Installs what a project's package.json names. */
export async function install(folder: string): Promise<void> {
  await output('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
}

/** Runs a program to its end, and returns what it prints. */
export async function output(
  program: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
  return (await execute(program, args, { ...options, maxBuffer: 2 ** 26, timeout: 300_000 })).stdout
}
