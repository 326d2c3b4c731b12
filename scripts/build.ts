/*
 * Builds dist: the library as a few modules that can be read, with its types, and the command as one file. A process that
 * reads sixty modules, and undici's forty, takes twice as long to start.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { bundleOneFile } from './one-file.ts'

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

const { inputs } = await bundleOneFile('src/cli/main.ts', 'dist/cli/main.cjs')

writeFileSync('dist/cli/THIRD-PARTY.txt', licences(Object.keys(inputs)).join('\n\n'))

/** What the licences of packages ask for: that they come along. */
function licences(files: readonly string[]): string[] {
  const folders = files.map(file => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
  return [...new Set(folders)].flatMap(folder => {
    if (folder === undefined) return []
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    return `${name} ${version}\n\n${readFileSync(`${folder}/LICENSE`, 'utf8')}`
  })
}
