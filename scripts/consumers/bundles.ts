import { join } from 'node:path'
import { type Consumer, output, project } from './consumer.ts'
import { programAsJavaScript, runDemo } from './demo.ts'

const bundlers: Record<string, readonly string[]> = {
  esbuild: ['main.js', '--bundle', '--platform=node', '--format=esm', '--banner:js=IMPORT', '--outdir=OUT'],
  rollup: ['--config', 'rollup.config.js', '--dir', 'OUT'],
  webpack: ['--config', 'webpack.config.js', '--output-path', 'OUT'],
  vite: ['build', '--ssr', 'main.js', '--outDir', 'OUT'],
}

const configs = {
  'rollup.config.js': `
    import commonjs from '@rollup/plugin-commonjs'
    import json from '@rollup/plugin-json'
    import resolve from '@rollup/plugin-node-resolve'
    export default { input: 'main.js', plugins: [resolve({ exportConditions: ['node'] }), commonjs(), json()] }`,
  'webpack.config.js': `
    export default {
      mode: 'production',
      target: 'node22',
      entry: './main.js',
      experiments: { outputModule: true },
      output: { module: true, filename: 'main.js' },
    }`,
  'vite.config.js': `export default { ssr: { noExternal: true } }`,
}

/** What an ES module needs that has CommonJS inside, as esbuild makes it. */
const requireForModules =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

/** A program with the package inside, bundled by each bundler, and run where no package is. */
export async function bundles({ folder, tarball, tally }: Consumer): Promise<void> {
  const sources = join(folder, 'project')
  await project(
    sources,
    {
      holdfast: `file:${tarball}`,
      esbuild: '*',
      rollup: '^4',
      '@rollup/plugin-commonjs': '*',
      '@rollup/plugin-json': '*',
      '@rollup/plugin-node-resolve': '*',
      webpack: '^5',
      'webpack-cli': '*',
      vite: '8.3.8',
    },
    { 'main.js': await programAsJavaScript(), ...configs },
  )
  for (const [bundler, words] of Object.entries(bundlers)) {
    const out = join(folder, bundler)
    const args = words.map(word => word.replace('OUT', out).replace('IMPORT', requireForModules))
    await tally.check(`bundle: ${bundler}`, async () => {
      await output(join(sources, 'node_modules/.bin', bundler), args, { cwd: sources })
      await runDemo('node', ['main.js'], out)
    })
  }
}
