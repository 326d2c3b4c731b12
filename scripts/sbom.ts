import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

/** A package's entry in package-lock.json. */
interface Locked {
  version: string
  license: string
  integrity: string
  dev?: boolean
  dependencies?: Record<string, string>
}

/** package-lock.json, as far as it is read. Its keys are folders, as `node_modules/undici`; `''` is the project. */
export interface Lock {
  packages: Record<string, Locked>
}

export function readLock(): Lock {
  return JSON.parse(readFileSync('package-lock.json', 'utf8'))
}

/** The folders of the packages that users install with holdfast. */
export function installed({ packages }: Lock): string[] {
  return Object.keys(packages).filter(folder => folder !== '' && packages[folder]?.dev !== true)
}

/** The folders of the packages that bundles contain. */
export function bundled(...bundles: readonly { inputs: Readonly<Record<string, unknown>> }[]): string[] {
  const folders = bundles
    .flatMap(({ inputs }) => Object.keys(inputs))
    .map(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
  return [...new Set(folders.filter(folder => folder !== undefined))].sort()
}

/** A file that was built; its name is its path from the project's folder. */
export interface BuiltFile {
  name: string
  bytes: Uint8Array
}

/** Node itself, as a part of an executable. */
export interface Runtime {
  /** As `24.21.0`. */
  version: string
  /** Its executable. */
  bytes: Uint8Array
}

/**
 * A CycloneDX document of those packages. It has no time and no serial number: the same build gives the same bytes.
 *
 * @param files are what the document is about, unless it is the library: their hashes are recorded.
 * @param node is in them, too.
 */
export function sbom(
  lock: Lock,
  folders: readonly string[],
  files: readonly BuiltFile[] = [],
  node?: Runtime,
): string {
  const { version, license } = entryOf(lock, '')
  const root = { name: 'holdfast', version, license }
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        ...component(root, files.length === 0 ? 'library' : 'application'),
        ...(files.length > 0 && { components: files.map(fileComponent) }),
      },
    },
    components: [
      ...folders.map(folder => {
        const entry = { name: nameOf(folder), ...entryOf(lock, folder) }
        return {
          ...component(entry, 'library'),
          hashes: [{ alg: 'SHA-512', content: hexOf(entry.integrity) }],
        }
      }),
      ...(node === undefined ? [] : [nodeComponent(node)]),
    ],
    dependencies: ['', ...folders].map(folder => ({
      ref: folder === '' ? purl(root) : purl({ name: nameOf(folder), ...entryOf(lock, folder) }),
      dependsOn: Object.keys(entryOf(lock, folder).dependencies ?? {})
        .map(name => resolve(lock, folder, name))
        .filter(dependency => folders.includes(dependency))
        .map(dependency => purl({ name: nameOf(dependency), ...entryOf(lock, dependency) })),
    })),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/**
 * The licences of those packages, as their authors ask for: with the text, and the hash of what was bundled.
 *
 * @param node the version of Node, if it is a part.
 */
export function licences(lock: Lock, folders: readonly string[], node?: string): string {
  const sections = folders.map(folder => {
    const { version, license, integrity } = entryOf(lock, folder)
    const texts = readdirSync(folder).filter(name => /^(licen[cs]e|notice)(\.\w+)?$/i.test(name))
    if (texts.length === 0) throw new Error(`${folder} has no licence to pass on`)
    const text = texts.sort().map(name => readFileSync(`${folder}/${name}`, 'utf8').trim())
    return [
      `${nameOf(folder)} ${version}`,
      `License: ${license}`,
      `Integrity: ${integrity}`,
      '',
      ...text,
    ].join('\n')
  })
  if (node !== undefined)
    sections.push(
      `Node.js ${node}\nLicense: MIT, and those of its parts: https://github.com/nodejs/node/blob/v${node}/LICENSE`,
    )
  return `${sections.join('\n\n\n')}\n`
}

function fileComponent({ name, bytes }: BuiltFile) {
  return { type: 'file', 'bom-ref': name, name, hashes: [{ alg: 'SHA-256', content: sha256(bytes) }] }
}

function nodeComponent({ version, bytes }: Runtime) {
  const ref = `pkg:generic/node@${version}`
  return {
    type: 'platform',
    'bom-ref': ref,
    name: 'node',
    version,
    licenses: [{ license: { id: 'MIT' } }],
    purl: ref,
    hashes: [{ alg: 'SHA-256', content: sha256(bytes) }],
    externalReferences: [{ type: 'license', url: `https://github.com/nodejs/node/blob/v${version}/LICENSE` }],
  }
}

type Named = Pick<Locked, 'version' | 'license'> & { name: string }

function component({ name, version, license }: Named, type: 'library' | 'application') {
  const [group, plain] = name.startsWith('@') ? name.split('/') : [undefined, name]
  return {
    type,
    'bom-ref': purl({ name, version }),
    ...(group && { group }),
    name: plain,
    version,
    licenses: [/[ ()]/.test(license) ? { expression: license } : { license: { id: license } }],
    purl: purl({ name, version }),
  }
}

function purl({ name, version }: Pick<Named, 'name' | 'version'>): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

function entryOf({ packages }: Lock, folder: string): Locked {
  const entry = packages[folder]
  if (entry === undefined) throw new Error(`package-lock.json has no ${folder}`)
  return entry
}

/** Where Node finds a package that one in `folder` imports. */
function resolve(lock: Lock, folder: string, name: string): string {
  for (let at = folder; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const candidate = `${at === '' ? '' : `${at}/`}node_modules/${name}`
    if (lock.packages[candidate] !== undefined || at === '') return candidate
  }
}

function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex')
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
