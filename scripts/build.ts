/*
 * Builds dist: the library as a few modules that can be read, with its types, and the command as one file, since a process
 * that reads a hundred modules takes twice as long to start; beside each, which packages it consists of.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build } from 'esbuild'
import { commands } from '../src/cli/commands.ts'
import { manPage } from '../src/cli/man.ts'
import { bundleOneFile, type OneFile } from './one-file.ts'
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

await oneFile({ entry: 'src/cli/main.ts', outfile: 'dist/cli/main.cjs', format: 'cjs' })
await oneFile({ entry: 'src/index.ts', outfile: 'dist/standalone/index.js', format: 'esm', alone: true })
writeFileSync('dist/standalone/index.d.ts', "export * from '../index.js'\n")

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
writeFileSync('dist/holdfast.1', manPage(commands, version))

/** Bundles it, with what it consists of in the same folder. */
async function oneFile(options: OneFile): Promise<void> {
  const parts = bundled(await bundleOneFile(options))
  const folder = dirname(options.outfile)
  const file = { name: options.outfile, bytes: readFileSync(options.outfile) }
  writeFileSync(`${folder}/sbom.cdx.json`, sbom(lock, parts, file))
  writeFileSync(`${folder}/THIRD-PARTY.txt`, licences(lock, parts))
}
