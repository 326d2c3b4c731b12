import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { bundleOneFile } from '../../scripts/one-file.ts'
import { contender } from './contender.ts'
import type { Contender, Place } from './workload.ts'

const entry = join(import.meta.dirname, '../contenders/start/undici-one-file.mjs')
const client = createRequire(import.meta.url).resolve('../../node_modules/undici/lib/dispatcher/client.js')

/** A process that runs a job by undici alone, in one file as the command is. */
export async function undiciInOneFile(
  { socket, scratch }: Place,
  job: readonly string[],
): Promise<Contender> {
  const file = join(scratch, 'undici-one-file.cjs')
  const found: Plugin = {
    name: 'client',
    setup: ({ onResolve }) => void onResolve({ filter: /undici-client\.mjs$/ }, () => ({ path: client })),
  }
  await bundleOneFile({ entry, outfile: file, format: 'cjs', plugins: [found] })
  return contender('undici, one file', [process.execPath, file, socket, ...job], {
    note: 'the requests of `holdfast run` by undici’s client alone, bundled as the command is',
  })
}
