import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname } from 'node:path'
import { build, type Metafile, type Plugin, transform } from 'esbuild'

/**
 * What replaces parts of undici that holdfast never reaches, and modules of Node of which undici needs little: each takes 1 to
 * 8 ms to load.
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

const target = 'node22.20'

function usedConstants(): string {
  const use = createRequire(import.meta.url)
  const client = readFileSync(use.resolve('undici/lib/dispatcher/client-h1.js'), 'utf8')
  const constants = use('undici/lib/llhttp/constants.js')
  const names = new Set([...client.matchAll(/\bconstants\.(\w+)/g)].map(([, name]) => name ?? ''))
  return [...names].map(name => `exports.${name} = ${JSON.stringify(constants[name])}`).join('\n')
}

export interface OneFile {
  entry: string
  outfile: string
  /** CommonJS starts sooner than ES modules, in pieces or in one. */
  format: 'cjs' | 'esm'
  /** The file needs no package beside it, also on a machine without SIMD. Otherwise that one finds undici's other parser. */
  alone?: boolean
  plugins?: readonly Plugin[]
}

/** Bundles a program or a library for Node into one file that starts soon, of undici with the HTTP/1.1 client alone. */
export async function bundleOneFile(options: OneFile): Promise<Metafile> {
  const { entry, outfile, format, alone = false, plugins = [] } = options
  const met = new Set<string>()
  const { metafile, outputFiles } = await build({
    entryPoints: [entry],
    outfile,
    write: false,
    bundle: true,
    platform: 'node',
    format,
    target,
    define: {
      ...(format === 'cjs' && { 'import.meta.dirname': '__dirname' }),
      // undici leaves its second parser out when this is defined.
      esbuildDetection: 'true',
      // Node's own comes with all of node:perf_hooks.
      'performance.now': '__clock',
    },
    banner: { js: 'const __clock = () => Number(process.hrtime.bigint()) / 1e6' },
    plugins: [
      ...plugins,
      cut(met),
      ...(format === 'esm' ? [builtins] : []),
      ...(alone ? [] : [parserBeside]),
    ],
    metafile: true,
    logLevel: 'warning',
  })
  const hasUndici = Object.keys(metafile.inputs).some(file => file.includes('/undici/'))
  const missed = Object.keys(cutOut).filter(path => !met.has(path))
  if (hasUndici && missed.length > 0)
    throw new Error(`undici no longer asks for ${missed.join(', ')}: look at what it loads now`)
  const [bundled] = outputFiles
  if (bundled === undefined) throw new Error('esbuild gives no bundle')
  const { code } = await transform(bundled.text, { ...minified(format), format, target })
  mkdirSync(dirname(outfile), { recursive: true })
  writeFileSync(outfile, code)
  return metafile
}

/**
 * What packages in CommonJS take from Node, in an ES module, which has no require(). A require() of createRequire() works in
 * Node, and is taken for its own by a bundler that this module goes through.
 */
const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^/ }, ({ path, kind }) =>
      kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'builtins' } : undefined,
    )
    onLoad({ filter: /^/, namespace: 'builtins' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

/**
 * All of the command is read at each start, and it prints no stack trace; a library keeps its names. A step of its own:
 * minified as it is bundled, each module would be an arrow function, and V8 parses the body of one in full before it is called.
 */
function minified(format: OneFile['format']) {
  return format === 'cjs' ? { minify: true } : { minifyWhitespace: true, minifySyntax: true }
}

/** 100 KB that only a machine without SIMD reads. */
const parserBeside: Plugin = {
  name: 'parser beside',
  setup({ onResolve }) {
    onResolve({ filter: /llhttp-wasm\.js$/ }, () => ({
      path: 'undici/lib/llhttp/llhttp-wasm.js',
      external: true,
    }))
  },
}

function cut(met: Set<string>): Plugin {
  return {
    name: 'cut',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^/ }, ({ path, importer }) =>
        importer.includes('/undici/') && path in cutOut ? { path, namespace: 'cut' } : undefined,
      )
      // Imported only where the file of undici's client is missing, and here that is bundled.
      onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'cut' }))
      onLoad({ filter: /^/, namespace: 'cut' }, ({ path }) => {
        met.add(path)
        return { contents: cutOut[path] ?? '' }
      })
    },
  }
}
