/*
 * Measures holdfast beside its peers: `npm run bench -- --help`.
 */
import { parseArgs } from 'node:util'
import { wholeRun, workloads } from './catalog.ts'
import { compare } from './compare.ts'
import type { Results } from './harness/results.ts'
import { keepResults, readResults, runAll } from './harness/session.ts'
import type { Workload } from './harness/workload.ts'
import { header } from './report/header.ts'
import { writePages } from './report/page.ts'
import { clearStatus, showList, showStatus, showWorkload } from './report/screen.ts'
import { tally, verdicts, verdictTable } from './report/verdicts.ts'

const help = `npm run bench -- [OPTION...] [WORKLOAD...]
npm run bench -- compare [OPTION...] BEFORE [WORKLOAD...]
npm run bench -- page

Runs workloads, unless some are named all but those that --list marks as on request, and says of each goal whether it is reached.
compare runs BEFORE, a commit or the folder of a built checkout, and this checkout in turns, and says what
changed by more than the noise. It ends with status 1 when something got worse.
page writes the tables of the last whole run.

  --list         what there is to run
  --quick        tiny sizes, one round: shows that it works, not how fast
  --rounds N     in place of each workload's own number; compare has 9
  --after AFTER  for compare: a commit or folder in place of this checkout
  --write        writes docs/performance.md and bench/RESULTS.md when all has run
`

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
      after: { type: 'string' },
      write: { type: 'boolean' },
    },
  })
  const { quick = false, write = false, after } = values
  const rounds = values.rounds === undefined ? undefined : positive(values.rounds)
  if (values.help) console.log(help)
  else if (values.list) showList()
  else if (positionals[0] === 'page') publish(readResults())
  else if (positionals[0] === 'compare') {
    const [, before, ...ids] = positionals
    if (before === undefined) throw new Error('compare needs a commit or a folder: compare HEAD~1')
    return (await compare({ before, after }, pick(ids), { quick, rounds, showStatus, clear: clearStatus }))
      ? 1
      : 0
  } else await measure(pick(positionals), { quick, rounds, write })
  return 0
}

async function measure(
  chosen: readonly Workload[],
  { write, ...options }: { quick: boolean; rounds: number | undefined; write: boolean },
): Promise<void> {
  const begun = performance.now()
  const show = (result: Parameters<typeof showWorkload>[0]) => {
    clearStatus()
    showWorkload(result)
  }
  const results = await runAll(chosen, { ...options, showStatus, show })
  const judged = verdicts(results, chosen === wholeRun)
  console.log(`\n${header(results.machine).join('\n')}\n`)
  if (options.quick) console.log('A quick look: the sizes are too small for the verdicts to mean anything.\n')
  if (judged.length > 0) console.log(`${verdictTable(judged)}\n\n${tally(judged)}`)
  console.log(`It took ${Math.round((performance.now() - begun) / 1000)} s.`)
  keepResults(results)
  if (write) publish(results)
}

function publish(results: Results): void {
  if (results.quick || results.workloads.length !== wholeRun.length)
    throw new Error('the pages need a whole run, not a quick or a partial one: npm run bench -- --write')
  writePages(results)
}

function pick(ids: readonly string[]): readonly Workload[] {
  if (ids.length === 0) return wholeRun
  return ids.map(id => {
    const found = workloads.find(workload => workload.id === id)
    if (found === undefined) throw new Error(`no workload ${JSON.stringify(id)}: --list shows them`)
    return found
  })
}

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--rounds must be a number from 1 on, not ${JSON.stringify(text)}`)
  return number
}
