import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { EventReport, OutcomeReport, RequestReport } from 'holdfast'

interface TracedRun {
  span: Span
  phase: Span | undefined
}

/**
 * Makes spans of what holdfast publishes on its diagnostics channels: one for each run, below it one for each of its phases
 * and for each of its requests. Returns a function that ends the tracing.
 */
export function traceHoldfast(tracer: Tracer = trace.getTracer('holdfast')): () => void {
  const runs = new Map<string, TracedRun>()

  function begin(id: string): TracedRun {
    // The caller's span is the parent: events are published in the context in which run() was called.
    const traced = {
      span: tracer.startSpan('holdfast run', { attributes: { 'holdfast.run': id } }),
      phase: undefined,
    }
    runs.set(id, traced)
    return traced
  }

  function onEvent(message: unknown): void {
    const { id, event } = message as EventReport
    const traced = runs.get(id) ?? begin(id)
    const { span } = traced
    if (event.type === 'phase') {
      traced.phase?.end()
      traced.phase = tracer.startSpan(event.phase, {}, trace.setSpan(context.active(), span))
    } else if (event.type === 'created' || event.type === 'adopted') {
      span.setAttribute('container.id', event.container)
    } else if (event.type === 'image') {
      span.setAttributes({ 'container.image.name': event.image, 'container.image.id': event.id })
    } else if (event.type === 'pull') {
      span.addEvent('pull', { registry: event.registry, reason: event.reason })
    } else if (event.type === 'retry' || event.type === 'stale' || event.type === 'gap') {
      span.addEvent(event.type, { reason: event.type === 'retry' ? event.failure.message : event.reason })
    }
  }

  function onOutcome(message: unknown): void {
    const { id, outcome } = message as OutcomeReport
    const traced = runs.get(id) ?? begin(id)
    traced.phase?.end()
    traced.span.setAttributes({
      'holdfast.kind': outcome.kind,
      'holdfast.registry.contacted': outcome.registry.contacted,
      'holdfast.stale': outcome.stale !== null,
      ...(outcome.exitCode !== null && { 'process.exit.code': outcome.exitCode }),
    })
    if (outcome.failure !== null) {
      traced.span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.failure.message })
    }
    traced.span.end()
    runs.delete(id)
  }

  function onRequest(message: unknown): void {
    const { method, path, engine, status, error, ms, run = '' } = message as RequestReport
    const parent = runs.get(run)
    const span = tracer.startSpan(
      `${method} ${route(path)}`,
      {
        kind: SpanKind.CLIENT,
        startTime: Date.now() - ms,
        attributes: { 'http.request.method': method, 'url.path': path, 'server.address': engine },
      },
      parent && trace.setSpan(context.active(), parent.span),
    )
    if (status !== undefined) span.setAttribute('http.response.status_code', status)
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error })
    span.end()
  }

  const channels = [
    ['holdfast:event', onEvent],
    ['holdfast:outcome', onOutcome],
    ['holdfast:engine:request', onRequest],
  ] as const
  for (const [name, listener] of channels) subscribe(name, listener)
  return () => {
    for (const [name, listener] of channels) unsubscribe(name, listener)
  }
}

/** A path without version, query and ids, so that few names of spans stand for many requests. */
function route(path: string): string {
  return path
    .replace(/^\/v[\d.]+/, '')
    .replace(/\?.*/, '')
    .replace(/[0-9a-f]{64}/, '{id}')
    .replace(/(?<=^\/images\/).+(?=\/)/, '{name}')
}
