import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { run } from 'holdfast'
import { cassette, edit, parseRecording, replay } from 'holdfast/replay'

const recording = new URL('recordings/batch.ndjson', import.meta.url).pathname
const batch = { image: 'busybox:1', command: ['sh', '-c', 'echo 1204 records written'] }

test('the batch reports what it has written', async () => {
  await using engine = await cassette(recording)
  const { exitCode, stdout } = await run({ ...batch, engine: engine.host })
  assert.equal(exitCode, 0)
  assert.equal(stdout, '1204 records written\n')
  await engine.verify()
})

test('an Engine whose disk is full refuses the container', async () => {
  const text = await readFile(recording, 'utf8')
  const full = edit(parseRecording(text)).refuse('POST /containers/create', 500, 'no space left on device')
  await using engine = await replay(full.recording)
  await assert.rejects(run({ ...batch, engine: engine.host }), { kind: 'create-failed' })
  await engine.verify()
})
