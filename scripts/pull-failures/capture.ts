/*
 * Captures test/fixtures/pull-failures.json anew, as root: what real Engines say of a registry in trouble.
 *
 *   npm run pull-failures                          on all of scripts/pull-failures/engines.ts, some 16 minutes
 *   npm run pull-failures -- 20.10 'podman 4.3'    on these alone; the other rows are kept
 *
 * The newer Engines are those that `scripts/engine.sh build trixie` and `build forky` make. HOLDFAST_TRIXIE and
 * HOLDFAST_FORKY name their folders if they are elsewhere. Go words a timeout in four ways, as it happens: those rows differ
 * from one capture to the next.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type CapturedEngine, engines } from './engines.ts'
import { prepareNetwork, strictHost } from './network.ts'
import { pullAll, type Row } from './pull.ts'
import { startTroubles, type Trouble } from './troubles.ts'

const file = new URL('../../test/fixtures/pull-failures.json', import.meta.url)

const asked = process.argv.slice(2)
const wanted = engines.filter(({ name }) => asked.length === 0 || asked.includes(name))
prepareNetwork()
await using stack = new AsyncDisposableStack()
const troubles = await startTroubles(stack)
for (const engine of wanted) save(engine, await capture(engine, troubles))

async function capture(engine: CapturedEngine, troubles: readonly Trouble[]): Promise<Row[]> {
  const registries = new Set(troubles.map(({ address }) => address))
  const insecure = [...registries].filter(address => !address.startsWith(strictHost))
  await using usual = await engine.start(insecure)
  await using small = await engine.startWithSmallDisk(insecure)
  const rows = await Promise.all([
    pullAll(
      engine.name,
      usual.host,
      troubles.filter(({ smallDisk }) => !smallDisk),
    ),
    pullAll(
      engine.name,
      small.host,
      troubles.filter(({ smallDisk }) => smallDisk),
    ),
  ])
  return rows.flat()
}

function save({ name }: CapturedEngine, captured: readonly Row[]): void {
  const known: Row[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  const place = ({ engine }: Row) => engines.findIndex(({ name }) => name === engine)
  const rows = [...known.filter(({ engine }) => engine !== name), ...captured]
  const lines = rows.sort((one, other) => place(one) - place(other)).map(row => `  ${JSON.stringify(row)}`)
  writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`)
}
