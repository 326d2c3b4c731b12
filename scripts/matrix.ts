/*
 * Runs the tests of the client and of the package on the Nodes and with the undicis that package.json allows, the oldest and
 * the newest: npm run matrix
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const nodes = ['22.20.0', '24', '26']
const tests = ['test/engine', 'test/package', 'test/run']

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const oldest = dependencies.undici.replace('^', '')
const versions = JSON.parse(output('npm', ['view', `undici@${dependencies.undici}`, 'version', '--json']))
const newest = [versions].flat().at(-1)

const folder = mkdtempSync(join(tmpdir(), 'holdfast-matrix-'))
try {
  execFileSync('sh', [
    '-ec',
    'git archive HEAD | tar -x -C "$1" && cd "$1" && npm ci --no-audit --no-fund',
    'sh',
    folder,
  ])
  for (const undici of new Set([newest, oldest])) {
    console.log(`== undici ${undici}`)
    execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', `undici@${undici}`], {
      cwd: folder,
    })
    execFileSync('npm', ['run', 'build'], { cwd: folder })
    for (const node of nodes) test(node)
  }
} finally {
  rmSync(folder, { recursive: true })
}

function test(version: string): void {
  const node = output('npx', ['-y', '-p', `node@${version}`, '-c', 'which node']).trim()
  console.log(`== Node ${output(node, ['--version']).trim()}`)
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'offline',
    '--reporter',
    'dot',
    ...tests,
  ]
  const PATH = [join(node, '..'), process.env.PATH].join(delimiter)
  execFileSync(node, args, { cwd: folder, env: { ...process.env, PATH }, stdio: 'inherit' })
}

function output(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' })
}
