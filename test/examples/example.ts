import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { edit, parseRecording } from '../../src/replay/index.ts'

export const root = join(import.meta.dirname, '../..')
export const holdfast = join(root, 'bin/holdfast.js')
export const isBuilt = existsSync(join(root, 'dist/cli/main.cjs'))

export const example = (file: string) => readFileSync(join(root, 'examples', file), 'utf8')

/** Whether a program is installed. */
export function has(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0
}

/** A PATH with the Node that runs the tests, and the usual programs. */
export const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`

/** The recording of a run with a key, to be changed. */
export function recorded(name: string) {
  return edit(parseRecording(readFileSync(recordingOf(name), 'utf8')))
}

export function recordingOf(name: string): string {
  return join(import.meta.dirname, 'recordings', `${name}.ndjson`)
}
