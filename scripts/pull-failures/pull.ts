import { connect, type Engine } from '../../src/engine/engine.ts'
import { EngineError } from '../../src/engine/error.ts'
import { plainWords } from './plain-words.ts'
import type { Trouble } from './troubles.ts'

/** What is sooner comes at once: Docker has no wait of its own below 10 s, Podman tries for some seconds. */
const atOnceMs = 7_000
/** Docker gives a layer up after 75 s of retries. */
const patienceMs = 150_000

/** How a pull ended, and when. */
export interface Row {
  engine: string
  trouble: string
  answers: 'at once' | 'in the end' | 'never'
  /** Whether steps were told before the end. */
  steps: boolean
  /** Of a failure: by what road, with which status and words. Without them the pull did well, or is still going on. */
  road?: string
  status?: number
  words?: string
}

/** Pulls through all troubles at once. */
export async function pullAll(name: string, host: string, troubles: readonly Trouble[]): Promise<Row[]> {
  await using engine = connect({ host })
  return await Promise.all(troubles.map(trouble => pull(name, engine, trouble)))
}

async function pull(name: string, engine: Engine, trouble: Trouble): Promise<Row> {
  const started = performance.now()
  const seen = { steps: false }
  const failure = await pullOnce(engine, trouble, seen)
  const ms = performance.now() - started
  const answers = failure === 'silent' ? 'never' : ms < atOnceMs ? 'at once' : 'in the end'
  console.log(`${name}\t${trouble.name}\t${(ms / 1000).toFixed(1)} s`)
  const row: Row = { engine: name, trouble: trouble.name, answers, ...seen }
  if (failure === 'silent' || failure === undefined) return row
  const { code, status, engineMessage = '' } = failure
  return { ...row, road: code, ...(status && { status }), words: plainWords(engineMessage, trouble) }
}

async function pullOnce(
  engine: Engine,
  { address, repository, tag = '1', platform, login }: Trouble,
  seen: { steps: boolean },
): Promise<EngineError | 'silent' | undefined> {
  const signal = AbortSignal.timeout(patienceMs)
  const registryAuth = login ? wrongPassword(address) : undefined
  try {
    const fromImage = `${address}/${repository}`
    const onProgress = () => {
      seen.steps = true
    }
    await engine.images.pull({ fromImage, tag, platform, registryAuth, onProgress, signal })
    return undefined
  } catch (error) {
    if (signal.aborted) return 'silent'
    if (error instanceof EngineError && (error.code === 'status' || error.code === 'stream')) return error
    throw error
  }
}

function wrongPassword(serveraddress: string): string {
  const bytes = Buffer.from(JSON.stringify({ username: 'alice', password: 'wrong', serveraddress }))
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}
