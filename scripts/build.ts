/*
 * Builds dist: the library as a few modules that can be read, with its types, and the command as one file. A process that
 * reads sixty modules, and undici's forty, takes twice as long to start.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type BuildOptions, build, type Plugin } from 'esbuild'

rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' })

const common = {
  bundle: true,
  platform: 'node',
  target: 'node22.20',
  logLevel: 'warning',
} satisfies BuildOptions

await build({
  ...common,
  entryPoints: ['src/index.ts', 'src/replay/index.ts'],
  outdir: 'dist',
  format: 'esm',
  // What is imported when it is needed stays apart, and what both entries use is there once.
  splitting: true,
  packages: 'external',
})

/**
 * What stands in for parts of undici that the command never comes to, and for modules of Node of which it asks little: each
 * takes 1 to 8 ms to load.
 */
const cutOut: Readonly<Record<string, string>> = {
  // The pool has HTTP/2 switched off.
  './client-h2.js': '',
  // A body is bytes or an iterable, never a FormData.
  '../web/fetch/body.js': '',
  '../web/fetch/formdata': '',
  '../web/webidl': '',
  // A table of the usual headers, which are lowercased without it as well.
  './tree': 'exports.tree = { lookup: () => null }',
  'node:assert': `module.exports = (fact, message = 'an assertion of undici') => { if (!fact) throw new Error(message) }`,
  // Node's default of maxHeaderSize; no body is an IncomingMessage.
  'node:http': 'exports.maxHeaderSize = 16384; exports.IncomingMessage = class {}',
  // Of its thirty tables two are used.
  '../llhttp/constants.js': usedConstants(),
}

function usedConstants(): string {
  const use = createRequire(import.meta.url)
  const client = readFileSync(use.resolve('undici/lib/dispatcher/client-h1.js'), 'utf8')
  const constants = use('undici/lib/llhttp/constants.js')
  const names = new Set([...client.matchAll(/\bconstants\.(\w+)/g)].map(([, name]) => name ?? ''))
  return [...names].map(name => `exports.${name} = ${JSON.stringify(constants[name])}`).join('\n')
}

const met = new Set<string>()
const cut: Plugin = {
  name: 'cut',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^/ }, ({ path, importer }) =>
      importer.includes('/undici/') && path in cutOut ? { path, namespace: 'cut' } : undefined,
    )
    // For a machine without SIMD: 100 KB which the others need not read.
    onResolve({ filter: /llhttp-wasm\.js$/ }, () => ({
      path: 'undici/lib/llhttp/llhttp-wasm.js',
      external: true,
    }))
    onLoad({ filter: /^/, namespace: 'cut' }, ({ path }) => {
      met.add(path)
      return { contents: cutOut[path] ?? '' }
    })
  },
}

const { metafile } = await build({
  ...common,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli/main.cjs',
  // One file of CommonJS starts sooner than ES modules, in pieces or in one.
  format: 'cjs',
  define: {
    'import.meta.dirname': '__dirname',
    // undici leaves its second parser out when this is there.
    esbuildDetection: 'true',
    // Node's own comes with all of node:perf_hooks.
    'performance.now': '__clock',
  },
  banner: { js: 'const __clock = () => Number(process.hrtime.bigint()) / 1e6' },
  // All of it is parsed each time; nobody is shown a stack trace.
  minify: true,
  plugins: [cut],
  metafile: true,
})

const missed = Object.keys(cutOut).filter(path => !met.has(path))
if (missed.length > 0)
  throw new Error(`undici no longer asks for ${missed.join(', ')}: look at what it loads now`)

writeFileSync('dist/cli/THIRD-PARTY.txt', licences(Object.keys(metafile.inputs)).join('\n\n'))

/** What the licences of packages ask for: that they come along. */
function licences(files: readonly string[]): string[] {
  const folders = files.map(file => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
  return [...new Set(folders)].flatMap(folder => {
    if (folder === undefined) return []
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    return `${name} ${version}\n\n${readFileSync(`${folder}/LICENSE`, 'utf8')}`
  })
}
