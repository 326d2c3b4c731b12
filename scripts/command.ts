import { join, relative } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'
import { bundleOneFile } from './one-file.ts'

/**
 * The files of the command, each with the modules that it is made for and with what they import. V8 reads a whole file before
 * it runs the first line: a start loads those files alone that it needs.
 */
const files: Readonly<Record<string, readonly string[]>> = {
  'main.cjs': ['src/cli/main.ts'],
  // A job whose image is local.
  'run.cjs': [
    'src/run/run.ts',
    'src/engine/engine.ts',
    'src/engine/address/locate.ts',
    'src/engine/address/settings.ts',
  ],
}
/** The file of all other modules. */
const rest = 'rest.cjs'

/** Which file each module is in; the modules are named by their paths, as `src/cli/main.ts`. */
type Places = ReadonlyMap<string, string>
/** What modules export. */
type Names = ReadonlyMap<string, readonly string[]>

/**
 * Bundles the command into files of that folder; says what each consists of. A module is in one file. What others need of it
 * stands in the file's table, `exports.modules`: modules that another file imports, and those that import() loads.
 */
export async function bundleCommand(folder: string): Promise<Map<string, Metafile>> {
  const whole = await bundleOneFile({
    entry: 'src/cli/main.ts',
    outfile: `${folder}/main.cjs`,
    format: 'cjs',
  })
  const places = placesOf(whole)
  const names = await exportsOf(shared(whole, places))
  const bundles = new Map<string, Metafile>()
  for (const file of [...Object.keys(files), rest]) {
    const outfile = `${folder}/${file}`
    const plugins = [linked(file, places, names)]
    bundles.set(outfile, await bundleOneFile({ entry: file, outfile, format: 'cjs', plugins }))
  }
  return bundles
}

function placesOf({ inputs }: Metafile): Places {
  const places = new Map<string, string>()
  const place = (module: string, file: string) => {
    if (!module.startsWith('src/') || places.has(module)) return
    places.set(module, file)
    for (const { path, kind } of inputs[module]?.imports ?? [])
      if (kind !== 'dynamic-import') place(path, file)
  }
  for (const [file, modules] of Object.entries(files)) for (const module of modules) place(module, file)
  for (const module of Object.keys(inputs)) place(module, rest)
  return places
}

/** The modules of the tables. */
function shared({ inputs }: Metafile, places: Places): string[] {
  const found = Array.from(places).flatMap(([module, file]) =>
    (inputs[module]?.imports ?? [])
      .filter(({ path, kind }) => kind === 'dynamic-import' || places.get(path) !== file)
      .map(({ path }) => path),
  )
  return [...new Set(found)].filter(module => places.has(module)).sort()
}

async function exportsOf(modules: string[]): Promise<Names> {
  const format = 'esm'
  const { metafile } = await build({
    entryPoints: modules,
    outdir: '.',
    format,
    write: false,
    metafile: true,
  })
  return new Map(Object.values(metafile.outputs).map(({ entryPoint = '', exports }) => [entryPoint, exports]))
}

/** A table of modules that are all run as the file is loaded: V8 reads them once. */
function tableOfAll(modules: readonly string[]): string {
  return [
    ...modules.map((module, i) => `import * as module${i} from './${module}'`),
    `export const modules = { ${modules.map((module, i) => `'${module}': module${i}`).join(', ')} }`,
  ].join('\n')
}

/** A table of modules of which a command needs few: each is run when it is first asked for. */
function tableOfAny(modules: readonly string[]): string {
  const getters = modules.map(module => `get '${module}'() { return require('./${module}') }`)
  return `export const modules = { ${getters.join(', ')} }`
}

/** Makes that file of its own modules, and takes the others from their tables. */
function linked(file: string, places: Places, names: Names): Plugin {
  const own = [...names.keys()].filter(module => places.get(module) === file)
  const contents = file === rest ? tableOfAny(own) : tableOfAll(own)
  const main = file === 'main.cjs' ? `export * from './src/cli/main.ts'\n` : ''
  return {
    name: 'linked',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.cjs$/ }, ({ path, kind }) =>
        kind === 'entry-point' ? { path, namespace: 'table' } : { path, external: true },
      )
      onLoad({ filter: /^/, namespace: 'table' }, () => ({
        contents: main + contents,
        resolveDir: process.cwd(),
      }))
      onResolve({ filter: /^\..*\.ts$/, namespace: 'file' }, ({ path, kind, resolveDir }) => {
        const module = relative(process.cwd(), join(resolveDir, path))
        const inside = places.get(module) === file && kind !== 'dynamic-import'
        return inside ? undefined : { path: module, namespace: 'elsewhere' }
      })
      onLoad({ filter: /^/, namespace: 'elsewhere' }, ({ path: module }) => ({
        contents: `export const { ${names.get(module)} } = require('./${places.get(module)}').modules['${module}']`,
      }))
    },
  }
}
