import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterEach, test } from 'node:test'
import { UnrecoverableError } from 'bullmq'
import { cassette, edit, parseRecording, replay } from 'holdfast/replay'
import { processBatch } from './processor.ts'

const recording = new URL('recordings/batch.ndjson', import.meta.url).pathname
const data = { image: 'busybox:1', command: ['sh', '-c', 'echo 1204 records written'] }

/** What the processor uses of a queue's job. */
function queued() {
  const logged: string[] = []
  return { id: '7', queueName: 'batches', data, log: async (row: string) => logged.push(row), logged }
}

/** The Engine to record, and to give back after each test. */
const { DOCKER_HOST = '' } = process.env
afterEach(() => {
  process.env.DOCKER_HOST = DOCKER_HOST
})

test('a batch is run, and its output is in the log of its job', async () => {
  await using engine = await cassette(recording)
  process.env.DOCKER_HOST = engine.host
  const job = queued()
  assert.equal((await processBatch(job)).exitCode, 0)
  assert.deepEqual(job.logged, ['1204 records written'])
  await engine.verify()
})

test('a batch that fails is tried again, one that the Engine refuses is not', async () => {
  const recorded = parseRecording(await readFile(recording, 'utf8'))
  await using failing = await replay(edit(recorded).exit(3).recording)
  process.env.DOCKER_HOST = failing.host
  await assert.rejects(processBatch(queued()), { name: 'RunError', kind: 'exit' })
  const refused = edit(recorded).refuse('POST /containers/create', 400, 'no command specified').recording
  await using refusing = await replay(refused, { loose: true })
  process.env.DOCKER_HOST = refusing.host
  await assert.rejects(processBatch(queued()), UnrecoverableError)
})
