import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { holdfastRoot } from './checkout.ts'

/** Puts holdfast, or a package of bench/, into one minified file; gives its bytes. Native parts stay outside. */
export async function bundle(what: 'library' | { package: string }, outfile: string): Promise<number> {
  const { build } = await import('esbuild')
  const contents = `export * from '${what === 'library' ? join(holdfastRoot, 'dist/index.js') : what.package}'`
  await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, '..') },
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    external: ['*.node', 'cpu-features'],
    // What was CommonJS asks for `require`.
    banner: {
      js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url)",
    },
    logLevel: 'error',
  })
  return (await stat(outfile)).size
}
