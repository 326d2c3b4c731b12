/*
 * Measures holdfast beside its peers: `npm run bench -- --help`.
 */
import { parseArgs } from 'node:util'
import { chapters, workloads } from './catalog.ts'
import { compare } from './compare.ts'
import { comparedIn } from './goals.ts'
import type { Results } from './harness/results.ts'
import { keepResults, readResults, runAll } from './harness/session.ts'
import type { Workload } from './harness/workload.ts'
import { header } from './report/header.ts'
import { writePage } from './report/page.ts'
import { clearTold, showList, showWorkload, tell } from './report/screen.ts'
import { tally, verdicts, verdictTable } from './report/verdicts.ts'

const help = `npm run bench -- [OPTION...] [WORKLOAD...]
npm run bench -- compare DIR_A DIR_B [WORKLOAD...]
npm run bench -- page

Runs workloads, all of them unless some are named, and says of each goal whether it is reached.
With compare, runs two checkouts of holdfast in turns and says what got worse. Both must be built.
With page, writes docs/performance.md from the last whole run.

  --list       what there is to run
  --quick      tiny sizes, one round: shows that it works, not how fast
  --rounds N   in place of each workload's own number; compare has 9
  --write      writes docs/performance.md and its charts when all has run
`

const show = (result: Parameters<typeof showWorkload>[0]) => {
  clearTold()
  showWorkload(result)
}

process.exitCode = await main().catch((error: Error) => {
  console.error(`bench: ${error.message}`)
  return 2
})

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      list: { type: 'boolean' },
      quick: { type: 'boolean' },
      rounds: { type: 'string' },
      write: { type: 'boolean' },
    },
  })
  const { quick = false, write = false } = values
  const rounds = values.rounds === undefined ? undefined : positive(values.rounds)
  if (values.help) console.log(help)
  else if (values.list) showList()
  else if (positionals[0] === 'page') publish(readResults())
  else if (positionals[0] === 'compare') {
    const [, a, b, ...ids] = positionals
    if (a === undefined || b === undefined)
      throw new Error('compare wants two checkouts: compare DIR_A DIR_B')
    return (await compare(a, b, pick(ids), { quick, rounds, tell, clear: clearTold })) ? 1 : 0
  } else await measure(pick(positionals), { quick, rounds, write })
  return 0
}

async function measure(
  chosen: readonly Workload[],
  { write, ...options }: { quick: boolean; rounds: number | undefined; write: boolean },
): Promise<void> {
  const results = await runAll(chosen, { ...options, compared: comparedIn, tell, show })
  const judged = verdicts(results, chosen.length === workloads.length)
  console.log(`\n${header(results.machine).join('\n')}\n`)
  if (options.quick) console.log('A quick look: the sizes are too small for the verdicts to mean anything.\n')
  if (judged.length > 0) console.log(`${verdictTable(judged)}\n\n${tally(judged)}`)
  keepResults(results)
  if (write) publish(results)
}

function publish(results: Results): void {
  if (results.quick || results.workloads.length !== workloads.length)
    throw new Error(
      'the page is made of a whole run, not of a quick or a partial one: npm run bench -- --write',
    )
  writePage(results)
}

/** Workloads by their names or their chapters' names. */
function pick(names: readonly string[]): readonly Workload[] {
  if (names.length === 0) return workloads
  return names.flatMap(name => {
    const found = workloads.find(({ id }) => id === name)
    const chapter = Object.entries(chapters).find(
      ([title]) => title.toLowerCase() === name.toLowerCase(),
    )?.[1]
    if (found === undefined && chapter === undefined)
      throw new Error(`no workload ${JSON.stringify(name)}: --list shows them`)
    return found ?? chapter ?? []
  })
}

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--rounds wants a number from 1 on, not ${JSON.stringify(text)}`)
  return number
}
