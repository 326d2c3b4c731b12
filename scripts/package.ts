/*
 * Checks what would be published: packs it twice, with a build in between, and compares the bytes; lints the package;
 * checks how its types resolve, that they name no type of a dependency, and that the links of its pages lead to its files.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, normalize, resolve } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'))
try {
  const { tarball, files } = pack()
  const before = readFileSync(tarball)
  execFileSync('node', ['scripts/build.ts'])
  if (!readFileSync(pack().tarball).equals(before)) throw new Error('a second build gives another package')
  execFileSync('publint', ['run', tarball, '--strict'], { stdio: 'inherit' })
  execFileSync('attw', [tarball, '--profile', 'esm-only', '--quiet'], { stdio: 'inherit' })
  checkFiles(files)
  checkLinks(files)
  checkTypes(['index', 'engine/index', 'replay/index'].map(entry => resolve(`dist/${entry}.d.ts`)))
} finally {
  rmSync(folder, { recursive: true })
}

function pack(): { tarball: string; files: string[] } {
  const packed = execFileSync('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder], {
    encoding: 'utf8',
  })
  const [{ filename, files }] = JSON.parse(packed)
  return { tarball: join(folder, filename), files: files.map(({ path }: { path: string }) => path) }
}

function checkFiles(paths: string[]): void {
  const stray = paths.filter(
    path => !/^(bin|dist|docs|examples)\/|^(bench\/)?[A-Z]+(\.md)?$|^package\.json$/.test(path),
  )
  if (stray.length > 0)
    throw new Error(`the package has files that must not be published: ${stray.join(', ')}`)
}

function checkLinks(paths: string[]): void {
  const broken = paths
    .filter(path => path.endsWith('.md'))
    .flatMap(page => {
      const links = readFileSync(page, 'utf8').matchAll(/\]\((?!\w+:)([^)#\s]+)/g)
      const targets = Array.from(links, ([, link = '']) => normalize(join(dirname(page), link)))
      return targets
        .filter(target => !paths.some(path => path === target || path.startsWith(`${target}/`)))
        .map(target => `${page} -> ${target}`)
    })
  if (broken.length > 0) throw new Error(`links of the package lead out of it: ${broken.join(', ')}`)
}

function checkTypes(pending: string[]): void {
  const seen = new Set(pending)
  for (const file of seen) {
    // The examples in comments import holdfast itself.
    const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
    const imports = [...code.matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)]
    for (const [, name = ''] of imports) {
      if (name.startsWith('.')) seen.add(resolve(dirname(file), name).replace(/\.[jt]s$/, '.d.ts'))
      else if (!isBuiltin(name)) throw new Error(`${file} shows users a type of ${name}`)
    }
  }
}
