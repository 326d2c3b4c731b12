import { readFile } from 'node:fs/promises'
import { run } from 'holdfast'
import { cassette, edit, parseRecording, replay } from 'holdfast/replay'
import { expect, test } from 'vitest'

const recording = new URL('recordings/batch.ndjson', import.meta.url).pathname
const batch = { image: 'busybox:1', command: ['sh', '-c', 'echo 1204 records written'] }

test('the batch reports what it has written', async () => {
  await using engine = await cassette(recording)
  const { exitCode, stdout } = await run({ ...batch, engine: engine.host })
  expect(exitCode).toBe(0)
  expect(stdout).toBe('1204 records written\n')
  await engine.verify()
})

test('a batch that ends with 3 fails, and its output is there', async () => {
  const failing = edit(parseRecording(await readFile(recording, 'utf8'))).exit(3).recording
  await using engine = await replay(failing)
  await expect(run({ ...batch, engine: engine.host })).rejects.toMatchObject({
    kind: 'exit',
    exitCode: 3,
    stdout: '1204 records written\n',
  })
  await engine.verify()
})
