// PACKAGE_FOLDER OUTFILE: what a package puts on the disk, with all that it depends on, and as one file.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { lacks } from '../../harness/at-hand.ts'
import { bundle } from '../../harness/bundle.ts'
import { holdfastRoot } from '../../harness/checkout.ts'

interface Manifest {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const [folder = '', outfile = ''] = process.argv.slice(2)
const packages = new Set<string>()
collect(realpathSync(folder))

/** A package and its dependencies, each once. */
function collect(folder: string): void {
  if (packages.has(folder)) return
  packages.add(folder)
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    const found = lookUp(folder, name)
    if (found !== undefined) collect(found)
  }
}

/** As Node looks for it: in the folder's own node_modules, then in those above. Optional ones may be absent. */
function lookUp(from: string, name: string): string | undefined {
  for (let at = from; at !== dirname(at); at = dirname(at)) {
    const candidate = join(at, 'node_modules', name)
    if (existsSync(candidate)) return realpathSync(candidate)
  }
  return undefined
}

function sizeOf(folder: string): number {
  if (folder === realpathSync(holdfastRoot)) return packedSize(folder)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return files
    .filter(
      entry => entry.isFile() && !join(entry.parentPath, '/').slice(folder.length).includes('/node_modules/'),
    )
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

// A checkout holds more than what is published.
function packedSize(folder: string): number {
  const said = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const report: unknown = JSON.parse(said)
  const [packed] = Object.values(report as Record<string, { unpackedSize: number }>)
  if (packed === undefined) throw new Error('npm pack tells nothing')
  return packed.unpackedSize
}

const ours = realpathSync(folder) === realpathSync(holdfastRoot)
const size =
  lacks.esbuild === undefined
    ? await bundle(ours ? 'library' : { package: basename(folder) }, outfile)
    : undefined
const installed = [...packages].reduce((sum, folder) => sum + sizeOf(folder), 0)
console.log(JSON.stringify({ installed, packages: packages.size, ...(size && { bundle: size }) }))
