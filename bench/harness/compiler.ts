import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { has, pythonProgram } from './at-hand.ts'
import { atEnd } from './ending.ts'

const bench = join(import.meta.dirname, '..')
const compiled = new Map<string, Promise<string>>()
let folder: string | undefined

/** What is missing for programs in C. */
export const compilerLacks = has('cc') ? undefined : 'no C compiler (apt-get install gcc libc6-dev)'

/** A program of a C file below bench/, compiled once. */
export function compile(file: string): Promise<string> {
  const ready = compiled.get(file) ?? build(file)
  compiled.set(file, ready)
  return ready
}

async function build(file: string): Promise<string> {
  const out = join(programs(), basename(file, '.c'))
  const child = execFile('cc', ['-O2', '-pthread', '-o', out, join(bench, file)])
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error(`${file} does not compile`)
  return out
}

/** Compiles all floors, where that is possible. */
export async function compileFloors(): Promise<void> {
  if (compilerLacks !== undefined) return
  const files = readdirSync(join(bench, 'floors')).filter(file => file.endsWith('.c'))
  await Promise.all(files.map(file => compile(`floors/${file}`)))
}

/** Where a program that was compiled, or is going to be, stands. */
export function program(name: string): string {
  return join(programs(), name)
}

function programs(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
    atEnd(() => rmSync(made, { recursive: true, force: true }))
    folder = made
  }
  return folder
}

/** What stands before a command to have it measured; nothing where neither C nor Python is at hand. */
export async function launcher(report: string): Promise<string[]> {
  if (compilerLacks === undefined) return [await compile('harness/measure.c'), report]
  return pythonProgram === undefined ? [] : [pythonProgram, join(bench, 'harness/measure.py'), report]
}
