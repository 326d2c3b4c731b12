import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { transform } from 'esbuild'
import { output } from './consumer.ts'

const recording = resolve('test/fixtures/demo.ndjson')

/** The program of a project that uses the package. */
export const program = readFileSync('scripts/consumers/program.ts', 'utf8')

/** The same as JavaScript that every bundler and runtime can read. */
export async function programAsJavaScript(): Promise<string> {
  return (await transform(program, { loader: 'ts', format: 'esm', target: 'node22.20' })).code
}

const job = ['batch: 3 files read, 1204 records', 'batch: 1204 records written', 'registry contacted: false']

/** Runs the program, and compares what it prints. */
export async function runDemo(runtime: string, args: readonly string[], cwd: string): Promise<void> {
  const printed = await output(runtime, [...args, recording], { cwd })
  assert.deepEqual(printed.trim().split('\n'), [...job, ...job, 'amd64'])
}
