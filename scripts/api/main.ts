/*
 * Writes docs/api.md and docs/api-replay.md from the TSDoc of the public names: npm run docs:api
 * With --check it compares them with what is there, and fails where they differ.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = import.meta.dirname
const root = join(here, '../..')

/** A page for each module that users import; `holdfast/engine` has some of the names of `holdfast`. */
const pages = {
  'api.md': { module: 'holdfast', entry: 'src/index.ts' },
  'api-replay.md': { module: 'holdfast/replay', entry: 'src/replay/index.ts' },
}

for (const [name, { module, entry }] of Object.entries(pages)) {
  const file = join(root, 'docs', name)
  const text = render(module, entry)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`docs/${name} is not what the TSDoc says: npm run docs:api`)
    process.exitCode = 1
  }
}

function render(module: string, entry: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-api-'))
  try {
    const typedoc = join(here, 'node_modules/typedoc/bin/typedoc')
    const options = ['--options', join(here, 'typedoc.json'), '--name', module, '--out', folder]
    execFileSync(process.execPath, [typedoc, ...options, '--logLevel', 'Error', join(root, entry)], {
      stdio: 'inherit',
    })
    // An argument that is taken apart where it is declared has no name of its own.
    return readFileSync(join(folder, 'README.md'), 'utf8').replaceAll('__namedParameters', 'options')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
