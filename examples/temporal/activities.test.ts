import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'
import { readFile } from 'node:fs/promises'
import { afterEach, test } from 'node:test'
import { CancelledFailure } from '@temporalio/activity'
import { MockActivityEnvironment } from '@temporalio/testing'
import type { EventReport } from 'holdfast'
import { cassette, edit, parseRecording, replay } from 'holdfast/replay'
import { runBatch } from './activities.ts'

const recording = new URL('recordings/batch.ndjson', import.meta.url).pathname
const cancelled = new URL('recordings/cancelled.ndjson', import.meta.url).pathname
const script = 'trap "exit 0" TERM; while :; do sleep 0.1; done'
const info = { workflowExecution: { workflowId: 'nightly', runId: 'run-1' } }
const batch = { image: 'busybox:1', command: ['sh', '-c', 'echo 1204 records written'] }

/** The Engine to record, and to give back after each test. */
const { DOCKER_HOST = '' } = process.env
afterEach(() => {
  process.env.DOCKER_HOST = DOCKER_HOST
})

test('a batch is run as an activity', async () => {
  await using engine = await cassette(recording)
  process.env.DOCKER_HOST = engine.host
  const result = await new MockActivityEnvironment(info).run(runBatch, batch)
  assert.partialDeepStrictEqual(result, { exitCode: 0 })
  await engine.verify()
})

test('a batch that fails is tried again, one that the Engine refuses is not', async () => {
  const recorded = parseRecording(await readFile(recording, 'utf8'))
  await using failing = await replay(edit(recorded).exit(3).recording)
  process.env.DOCKER_HOST = failing.host
  const activity = () => new MockActivityEnvironment(info).run(runBatch, batch)
  await assert.rejects(activity(), { type: 'exit', nonRetryable: false })
  const refused = edit(recorded).refuse('POST /containers/create', 400, 'no command specified').recording
  await using refusing = await replay(refused, { loose: true })
  process.env.DOCKER_HOST = refusing.host
  await assert.rejects(activity(), { type: 'create-failed', nonRetryable: true })
})

test('a cancelled activity stops its container', async () => {
  await using engine = await cassette(cancelled)
  process.env.DOCKER_HOST = engine.host
  const environment = new MockActivityEnvironment(info)
  const running = environment.run(runBatch, { image: 'busybox:1', command: ['sh', '-c', script] })
  subscribe('holdfast:event', message => {
    if ((message as EventReport).event.type === 'started') environment.cancel()
  })
  await assert.rejects(running, CancelledFailure)
  await engine.verify()
})
