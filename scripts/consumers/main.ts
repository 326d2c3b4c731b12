/*
 * Uses the package as others do: the packed tarball, installed in projects of their own.
 *
 *   npm run consumers                      all parts
 *   npm run consumers -- types bundles     these
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundles } from './bundles.ts'
import { examples } from './examples.ts'
import { runtimes } from './runtimes.ts'
import { Tally } from './tally.ts'
import { types } from './types.ts'

const parts = { types, bundles, examples, runtimes }

const named = process.argv.slice(2)
const unknown = named.filter(name => !(name in parts))
if (unknown.length > 0) {
  throw new Error(`there is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-consumers-'))
const tally = new Tally()
try {
  const tarball = pack()
  for (const [name, part] of Object.entries(parts)) {
    if (named.length === 0 || named.includes(name)) await part({ folder: join(folder, name), tarball, tally })
  }
} finally {
  rmSync(folder, { recursive: true })
}
tally.report()

function pack(): string {
  execFileSync('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const args = ['pack', '--json', '--loglevel=error', '--pack-destination', folder]
  const [{ filename }] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' }))
  return join(folder, filename)
}
