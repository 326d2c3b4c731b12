/*
 * Captures test/fixtures/pull-failures.json, as root: what real Engines say of a registry in trouble.
 *
 *   npm run pull-failures                                      every trouble on all of scripts/pull-failures/engines.ts, some 16 minutes
 *   npm run pull-failures -- 20.10 'podman 4.3'                on these Engines alone
 *   npm run pull-failures -- --trouble route-prohibit 20.10    of these troubles alone (--trouble may be repeated; `proxy-*` is all of a kind)
 *
 * Rows of other Engines and troubles are kept. The newer Engines are those that `scripts/engine.sh build trixie` and `build
 * forky` make. HOLDFAST_TRIXIE and HOLDFAST_FORKY name their folders if they are elsewhere. Go has four messages for a
 * timeout, as it happens: those rows differ from one capture to the next.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { matchesGlob } from 'node:path'
import { parseArgs } from 'node:util'
import { type CapturedEngine, engines } from './engines.ts'
import { prepareNetwork, strictHost } from './network.ts'
import { pullAll, type Row } from './pull.ts'
import { startTroubles } from './troubles.ts'

const file = new URL('../../test/fixtures/pull-failures.json', import.meta.url)

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { trouble: { type: 'string', multiple: true, default: ['*'] } },
})
const wanted = engines.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
prepareNetwork()
await using stack = new AsyncDisposableStack()
const all = await startTroubles(stack)
const troubles = all.filter(({ name }) => values.trouble.some(pattern => matchesGlob(name, pattern)))
for (const engine of wanted) save(engine, await capture(engine))

async function capture(engine: CapturedEngine): Promise<Row[]> {
  const registries = new Set(
    troubles.filter(({ proxy }) => proxy === undefined).map(({ address }) => address),
  )
  const insecure = [...registries].filter(address => !address.startsWith(strictHost))
  // Troubles that want the same kind of Engine share one.
  const groups = Map.groupBy(troubles, ({ proxy, smallDisk = false }) => proxy ?? smallDisk)
  const rows = await Promise.all(
    Array.from(groups, async ([kind, group]) => {
      await using started = await (kind === true
        ? engine.startWithSmallDisk(insecure)
        : engine.start(insecure, kind === false ? undefined : kind))
      return await pullAll(engine.name, started.host, group)
    }),
  )
  return rows.flat()
}

function save({ name }: CapturedEngine, captured: readonly Row[]): void {
  const known: Row[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  const isNew = (row: Row) => row.engine === name && troubles.some(trouble => trouble.name === row.trouble)
  const rows = [...known.filter(row => !isNew(row)), ...captured].toSorted(
    (one, other) => place(one) - place(other),
  )
  writeFileSync(file, `[\n${rows.map(row => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`)
}

function place(row: Row): number {
  const engine = engines.findIndex(({ name }) => name === row.engine)
  return engine * all.length + all.findIndex(({ name }) => name === row.trouble)
}
