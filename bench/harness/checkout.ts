import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEnd } from './ending.ts'

const here = join(import.meta.dirname, '../..')

/** The checkout whose build is measured: this one, unless HOLDFAST names another. */
export const holdfastRoot = process.env.HOLDFAST ?? here

/** A built checkout: the folder of one, or of a commit a temporary one, which is built now. */
export function checkout(revisionOrFolder: string): string {
  const isFolder = existsSync(revisionOrFolder) && statSync(revisionOrFolder).isDirectory()
  if (!isFolder) return buildOf(revisionOrFolder)
  if (!existsSync(join(revisionOrFolder, 'dist/index.js')))
    throw new Error(`${revisionOrFolder} is not built: npm ci && npm run build in it`)
  return realpathSync(revisionOrFolder)
}

function buildOf(revision: string): string {
  const commit = git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`)
  if (commit === undefined) throw new Error(`${revision} is neither a folder nor a commit`)
  const folder = mkdtempSync(join(tmpdir(), `holdfast-${commit.slice(0, 9)}-`))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const script = 'git -C "$1" archive "$2" | tar -x && npm ci --no-audit --no-fund && npm run build'
  // npm would take the bin folder of this checkout's dependencies from the PATH first.
  const PATH = (process.env.PATH ?? '')
    .split(':')
    .filter(folder => folder !== join(here, 'node_modules/.bin'))
    .join(':')
  execFileSync('sh', ['-ec', script, 'sh', here, commit], {
    cwd: folder,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return folder
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', ['-C', here, ...args], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}
