/*
 * Runs the tests of the client, of a run and of the package on the oldest and newest Node, and with the oldest and newest undici,
 * that package.json allows.
 *
 *   npm run matrix                  all Nodes
 *   npm run matrix -- 22.20.0 26    these
 *   npm run matrix -- --ends        the oldest Node with the oldest undici, and the newest with the newest
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { ends: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const nodes = positionals.length > 0 ? positionals : ['22.20.0', '24', '26']
const tests = [
  'test/engine',
  'test/package',
  'test/run/container',
  'test/run/run.test.ts',
  'test/cli/start.test.ts',
]

const sums = { numPassedTests: 0, numFailedTests: 0 }
const folder = mkdtempSync(join(tmpdir(), 'holdfast-matrix-'))
chmodSync(folder, 0o755)
try {
  for (const [at, undici] of Array.from(undicis()).entries()) {
    console.log(`== undici ${undici}`)
    const project = projectWith(undici)
    const tested = values.ends ? nodes.slice(at === 0 ? 0 : -1).slice(0, 1) : nodes
    for (const node of tested) test(project, node)
  }
} finally {
  rmSync(folder, { recursive: true })
}
console.log(`${sums.numPassedTests} passed, ${sums.numFailedTests} failed`)
const report = process.env.HOLDFAST_TEST_REPORT
if (report) writeFileSync(report, JSON.stringify(sums))
if (sums.numFailedTests > 0) process.exitCode = 1

/** The oldest and the newest version that package.json allows. */
function undicis(): Set<string> {
  const { undici: range } = readJson('package.json').dependencies
  const versions = [JSON.parse(output('npm', ['view', `undici@${range}`, 'version', '--json']))].flat()
  return new Set([range.replace('^', ''), versions.at(-1)])
}

/** This checkout where it has that undici, else a copy of what is committed. */
function projectWith(undici: string): string {
  if (readJson('node_modules/undici/package.json').version === undici) {
    execFileSync('npm', ['run', 'build'], { stdio: 'pipe' })
    return '.'
  }
  const copy = join(folder, undici)
  const make = 'mkdir "$1" && git archive HEAD | tar -x -C "$1" && cd "$1" && npm ci --no-audit --no-fund'
  execFileSync('sh', ['-ec', make, 'sh', copy], { stdio: 'pipe' })
  const install = ['install', '--no-save', '--no-audit', '--no-fund', `undici@${undici}`]
  execFileSync('npm', install, { cwd: copy, stdio: 'pipe' })
  execFileSync('npm', ['run', 'build'], { cwd: copy, stdio: 'pipe' })
  return copy
}

function test(project: string, version: string): void {
  const bin = nodeOf(version)
  const node = join(bin, 'node')
  console.log(`== Node ${output(node, ['--version']).trim()}`)
  const file = join(folder, 'report')
  rmSync(file, { force: true })
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'offline', ...tests]
  const PATH = [bin, process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH, HOLDFAST_TEST_REPORT: file }
  const { status } = spawnSync(node, args, { cwd: project, env, stdio: 'inherit' })
  const { numPassedTests, numFailedTests } = existsSync(file)
    ? readJson(file)
    : { numPassedTests: 0, numFailedTests: 0 }
  sums.numPassedTests += numPassedTests
  sums.numFailedTests += numFailedTests || Number(status !== 0)
}

/** A folder with that Node. npx keeps it where other users can't look, and some tests start it as another user. */
function nodeOf(version: string): string {
  const bin = join(folder, `node-${version}`)
  const file = output('npx', ['-y', '-p', `node@${version}`, '-c', 'which node']).trim()
  mkdirSync(bin, { recursive: true })
  copyFileSync(file, join(bin, 'node'))
  return bin
}

function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function output(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' })
}
