/*
 * Builds dist: the library as a few modules that can be read, with its types, and the command as one file, since a process
 * that reads a hundred modules takes twice as long to start; beside each, which packages it consists of.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { bundleOneFile } from './one-file.ts'
import { bundled, installed, licences, readLock, sbom } from './sbom.ts'

rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })

await build({
  entryPoints: ['src/index.ts', 'src/replay/index.ts'],
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

const command = await bundleOneFile('src/cli/main.ts', 'dist/cli/main.cjs')

const lock = readLock()
const parts = bundled(command)
const file = { name: 'dist/cli/main.cjs', bytes: readFileSync('dist/cli/main.cjs') }
writeFileSync('dist/sbom.cdx.json', sbom(lock, installed(lock)))
writeFileSync('dist/cli/sbom.cdx.json', sbom(lock, parts, file))
writeFileSync('dist/cli/THIRD-PARTY.txt', licences(lock, parts))
