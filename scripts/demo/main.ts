/*
 * The main job, shown: a private registry answers 500, the image is on the machine, the job runs. With an Engine at hand
 * it happens for real; without one, the recording of exactly that is played.
 *
 *   node scripts/demo/main.ts                  show it
 *   node scripts/demo/main.ts --record FILE    show it, and write the recording
 */
import { connect } from '../../src/index.ts'
import { record, replay } from '../../src/replay/index.ts'
import { clean, type Stage, stage } from './stage.ts'
import { tell } from './tell.ts'

const recording = new URL('../../test/fixtures/demo.ndjson', import.meta.url).pathname
/** How the registry is called in the recording. */
const recordedRegistry = 'registry.example.com'

const [flag, file] = process.argv.slice(2)
const engine = await reachable()
if (engine === undefined) await play()
else await perform(engine, flag === '--record' ? file : undefined)

async function reachable(): Promise<string | undefined> {
  await using engine = connect()
  try {
    const { Version, Os, Arch } = await engine.system.version({ signal: AbortSignal.timeout(5_000) })
    console.log(`Docker ${Version} (${Os}/${Arch}) at ${await engine.address()}\n`)
    return await engine.address()
  } catch (error) {
    console.log(`No Engine here (${(error as Error).message}).`)
    console.log('What follows is a recording of one, played back: test/fixtures/demo.ndjson\n')
    return undefined
  }
}

async function play(): Promise<void> {
  await using player = await replay(recording)
  await tell({ host: player.host, image: `${recordedRegistry}/team/batch:1.4`, registry: recordedRegistry })
}

async function perform(host: string, out: string | undefined): Promise<void> {
  const set: Stage = await stage(host)
  try {
    if (out === undefined) await tell({ host, ...set })
    else {
      await using recorder = await record({
        engine: host,
        normalize: true,
        replace: { [set.registry]: recordedRegistry },
        note: {
          what: 'a private registry answers 500, the image is local: a run, then the login that others begin with',
        },
      })
      await tell({ host: recorder.host, ...set })
      await recorder.save(out)
    }
  } finally {
    await clean(host, set)
  }
}
