/*
 * Builds dist: the library as a few modules that can be read, with its types, and the command as three files, since a process
 * that reads a hundred modules takes twice as long to start; beside each, which packages it consists of.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build, type Metafile } from 'esbuild'
import { commands } from '../src/cli/commands.ts'
import { manPage } from '../src/cli/man.ts'
import { bundleCommand } from './command.ts'
import { bundleOneFile } from './one-file.ts'
import { bundled, installed, licences, readLock, sbom } from './sbom.ts'

rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })

await build({
  entryPoints: ['src/index.ts', 'src/engine/index.ts', 'src/replay/index.ts'],
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22.20',
  // What is imported when it is needed stays apart, and what both entries use is there once.
  splitting: true,
  packages: 'external',
  logLevel: 'warning',
})

const lock = readLock()
writeFileSync('dist/sbom.cdx.json', sbom(lock, installed(lock)))

describeParts('dist/cli', await bundleCommand('dist/cli'))
const outfile = 'dist/standalone/index.js'
const standalone = await bundleOneFile({ entry: 'src/index.ts', outfile, format: 'esm', alone: true })
describeParts('dist/standalone', new Map([[outfile, standalone]]))
writeFileSync('dist/standalone/index.d.ts', "export * from '../index.js'\n")

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
writeFileSync('dist/holdfast.1', manPage(commands, version))

/** Writes into the folder what those files consist of. */
function describeParts(folder: string, bundles: ReadonlyMap<string, Metafile>): void {
  const parts = bundled(...bundles.values())
  const files = Array.from(bundles.keys(), name => ({ name, bytes: readFileSync(name) }))
  writeFileSync(`${folder}/sbom.cdx.json`, sbom(lock, parts, files))
  writeFileSync(`${folder}/THIRD-PARTY.txt`, licences(lock, parts))
}
