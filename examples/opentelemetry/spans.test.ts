import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpanStatusCode } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { run } from 'holdfast'
import { cassette } from 'holdfast/replay'
import { traceHoldfast } from './spans.ts'

const recording = new URL('recordings/batch.ndjson', import.meta.url).pathname

test('a run is a span, with its phases and requests below it', async () => {
  const exporter = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const stop = traceHoldfast(provider.getTracer('test'))
  await using engine = await cassette(recording)
  await run({ engine: engine.host, image: 'busybox:1', command: ['sh', '-c', 'echo 1204 records written'] })
  stop()

  const spans = exporter.getFinishedSpans()
  const [root, ...others] = spans.filter(({ name }) => name === 'holdfast run')
  assert.deepEqual(others, [])
  assert.equal(root?.attributes['process.exit.code'], 0)
  assert.equal(root?.status.code, SpanStatusCode.UNSET)
  const below = spans.filter(
    ({ parentSpanContext }) => parentSpanContext?.spanId === root?.spanContext().spanId,
  )
  const names = below.map(({ name }) => name)
  for (const name of [
    'inspect',
    'create',
    'start',
    'run',
    'remove',
    'GET /images/{name}/json',
    'POST /containers/{id}/start',
  ])
    assert.ok(names.includes(name), `${name} is not among ${names}`)
  await engine.verify()
})

test('a run that fails is a span with an error', async () => {
  const exporter = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const stop = traceHoldfast(provider.getTracer('test'))
  await assert.rejects(run({ engine: 'unix:///no/such/docker.sock', image: 'busybox:1' }))
  stop()
  const root = exporter.getFinishedSpans().find(({ name }) => name === 'holdfast run')
  assert.equal(root?.status.code, SpanStatusCode.ERROR)
  assert.equal(root?.attributes['holdfast.kind'], 'engine-unreachable')
})
