/*
 * Builds the command as one executable for this platform, build/holdfast: Node itself with the command inside, as one file;
 * beside it its SBOM and the licences of its parts.
 */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundleOneFile } from './one-file.ts'
import { bundled, licences, readLock, sbom } from './sbom.ts'

const outfile = 'build/holdfast'
/** The mark in Node's executable that says whether a program is inside: https://nodejs.org/api/single-executable-applications.html */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-binary-'))
try {
  const main = join(folder, 'main.cjs')
  const blob = join(folder, 'blob')
  const config = join(folder, 'config.json')
  const metafile = await bundleOneFile({
    entry: 'src/cli/main.ts',
    outfile: main,
    format: 'cjs',
    alone: true,
  })
  appendFileSync(main, 'module.exports.main(process.argv.slice(2)).then(module.exports.end)\n')
  writeFileSync(
    config,
    JSON.stringify({ main, output: blob, useCodeCache: true, disableExperimentalSEAWarning: true }),
  )
  execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: 'pipe' })
  mkdirSync(dirname(outfile), { recursive: true })
  copyFileSync(process.execPath, outfile)
  chmodSync(outfile, 0o755)
  const macho = process.platform === 'darwin' ? ['--macho-segment-name', 'NODE_SEA'] : []
  execFileSync('postject', [outfile, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse, ...macho], {
    stdio: 'pipe',
  })
  const [lock, parts] = [readLock(), bundled(metafile)]
  const node = { version: process.versions.node, bytes: readFileSync(process.execPath) }
  const file = { name: outfile, bytes: readFileSync(outfile) }
  writeFileSync(`${outfile}.cdx.json`, sbom(lock, parts, [file], node))
  writeFileSync(join(dirname(outfile), 'THIRD-PARTY.txt'), licences(lock, parts, node.version))
} finally {
  rmSync(folder, { recursive: true })
}
