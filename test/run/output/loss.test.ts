import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { watchBreak, watchLoss } from '../../../src/run/output/loss.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import { forever } from '../launch.ts'

const brokenOff = () => Promise.reject(new Error('broke off'))

describe.concurrent('a stream that ended', () => {
  async function told(state: 'running' | 'exited' | 'gone'): Promise<string[]> {
    await using engine = await FakeEngine.start({
      images: ['bb:1'],
      program: state === 'exited' ? () => 0 : forever,
    })
    await using client = connect({ host: engine.host, env: {} })
    const { Id: id } = await client.containers.create({ Image: 'bb:1' })
    await client.containers.start(id)
    if (state === 'gone') engine.containers.length = 0
    const reasons: string[] = []
    const tell = (reason: string) => reasons.push(reason)
    const exited = new AbortController().signal
    await watchLoss({ engine: client, id, ended: Promise.resolve(), exited, tell })
    return reasons
  }

  test('while its container runs on: told', async () => {
    expect(await told('running')).toEqual(['the output ended while the container went on'])
  })

  test('with its container, whose exit is slow to be known: not told', async () => {
    expect(await told('exited')).toEqual([])
  })

  test('and the Engine does not know: told', async () => {
    expect(await told('gone')).toEqual([
      'the output ended, and the Engine does not say whether the container has',
    ])
  })

  test('and the exit is known soon: nothing is asked, nothing told', async () => {
    await using engine = await FakeEngine.start()
    await using client = connect({ host: engine.host, env: {} })
    const exited = new AbortController()
    const reasons: string[] = []
    const tell = (reason: string) => reasons.push(reason)
    const watching = watchLoss({
      engine: client,
      id: 'x',
      ended: Promise.resolve(),
      exited: exited.signal,
      tell,
    })
    exited.abort()
    await watching
    expect([engine.asked, reasons]).toEqual([[], []])
  })
})

describe.concurrent('a wait that broke off', () => {
  async function told(isWaiting: boolean, exited = false, exit: Promise<unknown> = brokenOff()) {
    const reasons: string[] = []
    await watchBreak({
      exit,
      exited: exited ? AbortSignal.abort() : new AbortController().signal,
      isWaiting: () => isWaiting,
      tell: reason => reasons.push(reason),
    })
    return reasons
  }

  test('with the output: told', async () => {
    expect(await told(false)).toEqual(['the connection to the Engine broke off while the container ran'])
  })

  test('alone: not told, the output goes on', async () => {
    expect(await told(true)).toEqual([])
  })

  test('because the run is over: not told, and no timer is left', async () => {
    expect(await Promise.race([told(false, true), setImmediate('still waiting')])).toEqual([])
  })

  test('not at all: not told', async () => {
    expect(await told(false, false, Promise.resolve({ StatusCode: 0 }))).toEqual([])
  })
})
