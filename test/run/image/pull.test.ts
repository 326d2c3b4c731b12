import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { HoldfastError } from '../../../src/run/failure.ts'
import { type PullOptions, pull } from '../../../src/run/image/pull.ts'
import { rejection } from '../../support/errors.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import type { Exchange } from '../../support/fake-exchange.ts'
import { image } from '../../support/fake-image.ts'
import { noConfig } from '../making.ts'

function pulling(engine: FakeEngine, options: Partial<PullOptions> = {}) {
  return pull({ engine: engine.host, image: 'bb:1', config: noConfig, ...options })
}

describe('pull', () => {
  test.each([
    ['local', ['bb:1']],
    ['absent', []],
  ] as const)('asks the registry, the image being %s', async (_, images) => {
    await using engine = await FakeEngine.start({ images: [...images], registry: ['bb:1'] })
    expect(await pulling(engine)).toMatchObject({
      image: { reference: 'bb:1', id: image('bb:1').Id },
      registry: { contacted: true, registry: 'docker.io', credentials: 'anonymous' },
    })
    expect(engine.asked).toEqual(['image', 'pull', 'image'])
  })

  test('emits its events, in order', async () => {
    await using engine = await FakeEngine.start({ registry: ['bb:1'] })
    const events: RunEvent[] = []
    await pulling(engine, { onEvent: event => events.push(event) })
    const shown = events.map(event => (event.type === 'phase' ? event.phase : event.type.toUpperCase()))
    expect(shown.filter(name => name !== 'PROGRESS')).toEqual([
      'inspect',
      'credentials',
      'pull',
      'PULL',
      'inspect',
      'IMAGE',
    ])
  })

  test('fails as what it is', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    const error = await rejection(pulling(engine))
    expect(error).toBeInstanceOf(HoldfastError)
    expect(error).toMatchObject({
      kind: 'registry-not-found',
      engineMessage: expect.stringContaining('manifest unknown'),
    })
  })

  test.each([
    [image('bb:1').Id, 'which no registry knows'],
    ['UPPER', 'must be in lower case'],
  ])('refuses %s before anything is asked', async (text, words) => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    expect(await rejection(pulling(engine, { image: text }))).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining(words),
    })
    expect(engine.asked).toEqual([])
  })

  test('refuses a platform that is none before anything is asked', async () => {
    await using engine = await FakeEngine.start({ images: ['bb:1'] })
    expect(await rejection(pulling(engine, { platform: 'x' }))).toMatchObject({ kind: 'usage' })
    expect(engine.asked).toEqual([])
  })

  test('is dropped by the signal, and leaves no listener', async () => {
    await using engine = await FakeEngine.start()
    engine.on('pull', exchange => exchange.lines({ status: 'Downloading', id: 'a' }))
    const controller = new AbortController()
    const failed = rejection(pulling(engine, { signal: controller.signal }))
    const seen = await engine.seen('pull')
    controller.abort('enough')
    expect(await failed).toMatchObject({ kind: 'cancelled', cause: 'enough' })
    await seen.closed
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  test('a signal that is aborted already: nothing is asked', async () => {
    await using engine = await FakeEngine.start({ registry: ['bb:1'] })
    expect(await rejection(pulling(engine, { signal: AbortSignal.abort() }))).toMatchObject({
      kind: 'cancelled',
    })
    expect(engine.asked).toEqual([])
  })

  test('is one with another pull of the same image at the same time', async () => {
    await using engine = await FakeEngine.start({ registry: ['bb:1'] })
    const shared: boolean[] = []
    const together = Promise.withResolvers<void>()
    const onEvent = (event: RunEvent) => {
      if (event.type === 'pull' && shared.push(event.shared) === 2) together.resolve()
    }
    const held = Promise.withResolvers<Exchange>()
    engine.on('pull', held.resolve)
    const both = [pulling(engine, { onEvent }), pulling(engine, { onEvent })]
    const { proceed } = await held.promise
    await together.promise
    await proceed()
    expect(await Promise.all(both)).toMatchObject([{ image: { id: image('bb:1').Id } }, { registry: {} }])
    expect(engine.asked.filter(operation => operation === 'pull')).toHaveLength(1)
    expect(shared).toEqual([false, true])
  })

  test('leaves an Engine that was handed over open', async () => {
    await using engine = await FakeEngine.start({ registry: ['bb:1'] })
    await using client = connect({ host: engine.host, env: {} })
    await pulling(engine, { engine: client })
    expect(await client.system.ping()).toEqual({ apiVersion: '1.41' })
  })
})
