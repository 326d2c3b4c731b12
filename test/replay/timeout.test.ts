import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseRecording, replay } from '../../src/replay/index.ts'
import { replayTimings } from '../../src/replay/play/pace.ts'
import { recordedRegistries, scenarios } from '../support/scenarios.ts'
import { Docker, runJob } from './app.ts'
import { printing } from './printing.ts'

// These have a file of their own: their four seconds are real, and much else in the process would use them up.

test.concurrent.each(['docker-20.10', 'docker-28.5', 'podman-4.3'])(
  'a run that timed out does so again: %s',
  async generation => {
    const file = join(import.meta.dirname, '../fixtures', generation, 'run-timeout.ndjson')
    const recording = parseRecording(readFileSync(file, 'utf8'))
    const scenario = scenarios.find(({ name }) => name === 'run-timeout')
    await using player = await replay(recording, { notice: () => undefined })
    const result = await scenario?.act(player.host, recordedRegistries, async () => undefined)
    expect(result).toMatchObject({ kind: 'timeout', stdout: 'begun\n' })
    expect(JSON.parse(JSON.stringify(result))).toEqual(recording.head.result)
    await player.verify()
  },
)

test.concurrent.each(replayTimings)(
  'a recorded timeout of four seconds stays one, timing %s',
  async timing => {
    const recording = printing('half\n')
    if (!('exchanges' in recording)) throw new Error('version 2')
    const [create, attach, wait, start, ...rest] = recording.exchanges
    const stopped = {
      request: 'POST /containers/job/stop?t=0',
      headers: {},
      at: 4_000,
      said: [{ answer: 204, reason: '', headers: {}, at: 4_005 }],
    }
    for (const said of [attach?.said[2], wait?.said[1]])
      if (said)
        Object.assign(said, { after: [...(said.after ?? []), 'POST /containers/job/stop'], at: 4_010 })
    if (start) start.at = 0
    const lines: string[] = []
    const exchanges = [create, attach, wait, start, stopped, ...rest].filter(one => one !== undefined)
    const notice = (line: string) => lines.push(line)
    await using player = await replay({ ...recording, exchanges }, { timing, notice })
    using docker = new Docker(player.host)
    const result = await runJob(docker, { create: {}, timeout: 4_000 })
    expect(result).toMatchObject({ timedOut: true, stdout: 'half\n' })
    expect(lines.sort()).toEqual([
      'waiting for POST /containers/job/stop (line 14) before line 10',
      'waiting for POST /containers/job/stop (line 14) before line 7',
    ])
  },
)
