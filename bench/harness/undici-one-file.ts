import { createRequire } from 'node:module'
import { join } from 'node:path'
import { bundleOneFile } from '../../scripts/one-file.ts'
import { contender, undiciAlone } from './contender.ts'
import type { Contender, Place } from './workload.ts'

const entry = join(import.meta.dirname, '../contenders/cold-start/undici-one-file.mjs')
const client = createRequire(import.meta.url).resolve('../../node_modules/undici/lib/dispatcher/client.js')

/** A maker of processes that inspect an image, or run a command in it, by undici alone, in one file as the command is. */
export async function undiciInOneFile({
  socket,
  scratch,
}: Place): Promise<(name: string, what: string, args: readonly string[]) => Contender> {
  const file = join(scratch, 'undici-one-file.cjs')
  await bundleOneFile(entry, file, [
    {
      name: 'client',
      setup: ({ onResolve }) => void onResolve({ filter: /undici-client\.mjs$/ }, () => ({ path: client })),
    },
  ])
  return (name, what, args) =>
    contender(name, [process.execPath, file, socket, ...args], {
      note: `${what} by undici’s client alone, with the same parts cut out; ${undiciAlone}`,
    })
}
