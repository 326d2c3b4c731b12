import { expect, test } from 'vitest'
import { bundled, installed, type Lock, readLock, sbom } from '../../scripts/sbom.ts'

const hash = 'sha512-AAEC'
const lock: Lock = {
  packages: {
    '': { version: '1.0.0', license: 'MIT', integrity: '', dependencies: { a: '^1', '@s/b': '^1' } },
    'node_modules/a': {
      version: '1.2.3',
      license: 'ISC',
      integrity: hash,
      dependencies: { c: '^1', '@s/b': '^1' },
    },
    'node_modules/a/node_modules/c': { version: '1.0.0', license: '(MIT OR ISC)', integrity: hash },
    'node_modules/c': { version: '2.0.0', license: 'MIT', integrity: hash, dev: true },
    'node_modules/@s/b': { version: '1.1.0', license: 'MIT', integrity: hash },
  },
}

test('a document names each installed package with its licence, its hash and what it depends on', () => {
  const { metadata, components, dependencies } = JSON.parse(sbom(lock, installed(lock)))
  expect(metadata.component).toMatchObject({
    type: 'library',
    name: 'holdfast',
    purl: 'pkg:npm/holdfast@1.0.0',
  })
  expect(components).toMatchObject([
    {
      name: 'a',
      version: '1.2.3',
      licenses: [{ license: { id: 'ISC' } }],
      hashes: [{ alg: 'SHA-512', content: '000102' }],
    },
    { name: 'c', version: '1.0.0', licenses: [{ expression: '(MIT OR ISC)' }] },
    { group: '@s', name: 'b', purl: 'pkg:npm/%40s/b@1.1.0' },
  ])
  expect(dependencies).toEqual([
    { ref: 'pkg:npm/holdfast@1.0.0', dependsOn: ['pkg:npm/a@1.2.3', 'pkg:npm/%40s/b@1.1.0'] },
    { ref: 'pkg:npm/a@1.2.3', dependsOn: ['pkg:npm/c@1.0.0', 'pkg:npm/%40s/b@1.1.0'] },
    { ref: 'pkg:npm/c@1.0.0', dependsOn: [] },
    { ref: 'pkg:npm/%40s/b@1.1.0', dependsOn: [] },
  ])
})

test('a document of bundles names what they contain, and their hashes', () => {
  const inputs = { 'src/a.ts': [], 'node_modules/a/x.js': [], 'node_modules/a/y.js': [], 'cut:z': [] }
  const folders = bundled({ inputs }, { inputs: { 'node_modules/@s/b/z.js': [] } })
  expect(folders).toEqual(['node_modules/@s/b', 'node_modules/a'])
  const files = ['f', 'g'].map(name => ({ name, bytes: Buffer.from('abc') }))
  const { metadata, components } = JSON.parse(sbom(lock, folders, files))
  const hashes = [{ content: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' }]
  expect(metadata.component).toMatchObject({
    type: 'application',
    components: [
      { type: 'file', name: 'f', hashes },
      { type: 'file', name: 'g', hashes },
    ],
  })
  expect(components).toHaveLength(2)
})

test('a document of an executable names Node, too', () => {
  const file = { name: 'f', bytes: Buffer.from('abc') }
  const { components } = JSON.parse(sbom(lock, [], [file], { version: '24.1.0', bytes: Buffer.from('abc') }))
  expect(components).toMatchObject([
    {
      type: 'platform',
      name: 'node',
      purl: 'pkg:generic/node@24.1.0',
      hashes: [{ content: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' }],
    },
  ])
})

test('users install the dependencies and their dependencies, and no development tool', () => {
  const names = installed(readLock())
  expect(names).toEqual(
    expect.arrayContaining(['undici', 'split2', 'tar-stream'].map(name => `node_modules/${name}`)),
  )
  expect(names).not.toContain('node_modules/vitest')
})
