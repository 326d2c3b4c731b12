import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { readLeases, shareLease } from '../../../src/run/jobs/lease.ts'
import { ownerText, ownOwner } from '../../../src/run/jobs/owner.ts'
import { FakeEngine } from '../../support/fake-engine.ts'
import type { Operation } from '../../support/fake-exchange.ts'
import { elsewhere, leaveLease } from './places.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const count = (engine: FakeEngine, operation: Operation) =>
  engine.asked.filter(each => each === operation).length

async function* places() {
  await using engine = await FakeEngine.start()
  await using client = connect({ host: engine.host, env: {} })
  yield { engine, client }
}

test('a job of less than 30 seconds sends no request', async () => {
  for await (const { engine, client } of places()) {
    const share = shareLease(client, 'a')
    vi.advanceTimersByTime(29_999)
    await share.release()
    vi.advanceTimersByTime(200_000)
    expect(engine.asked).toEqual([])
  }
})

test('is renewed every minute: the next volume is there before the last one goes', async () => {
  for await (const { engine, client } of places()) {
    const share = shareLease(client, 'a')
    vi.advanceTimersByTime(30_000)
    await engine.seen('createVolume')
    vi.advanceTimersByTime(60_000)
    await engine.seen('removeVolume')
    expect(engine.asked).toEqual(['ping', 'createVolume', 'createVolume', 'removeVolume'])
    await share.release()
    expect(engine.volumes).toEqual([])
    const requests = engine.asked.length
    vi.advanceTimersByTime(600_000)
    await client.system.ping()
    expect(engine.asked).toHaveLength(requests + 1)
  }
})

test('the jobs of a process share one', async () => {
  for await (const { engine, client } of places()) {
    const shares = Array.from({ length: 100 }, () => shareLease(client, 'a'))
    vi.advanceTimersByTime(30_000)
    while (engine.volumes.length === 0) await setImmediate()
    await Promise.all(shares.slice(1).map(share => share.release()))
    expect(engine.volumes).toHaveLength(1)
    await shares[0]?.release()
    await shares[0]?.release()
    expect(engine.volumes).toEqual([])
    expect(count(engine, 'createVolume')).toBe(1)
  }
})

test('shows at once which containers the process has adopted', async () => {
  for await (const { engine, client } of places()) {
    const [first, second] = [shareLease(client, 'a'), shareLease(client, 'a')]
    await first.adopt('one')
    await second.adopt('two')
    const own = { owner: ownOwner(), adopted: ['one', 'two'] }
    expect(await readLeases(client)).toMatchObject([own])
    await first.release()
    expect(await readLeases(client)).toMatchObject([{ ...own, adopted: ['two'] }])
    await second.release()
    expect(engine.volumes).toEqual([])
  }
})

test('a volume whose creation was not answered is removed too', async () => {
  for await (const { engine, client } of places()) {
    const share = shareLease(client, 'a')
    await share.adopt('one')
    engine.on('createVolume', async exchange => {
      await exchange.proceed()
      exchange.drop()
    })
    vi.advanceTimersByTime(30_000)
    await engine.seen('createVolume', 2)
    await share.release()
    expect(engine.volumes).toEqual([])
  }
})

test('an Engine that refuses a volume is asked again a minute later', async () => {
  for await (const { engine, client } of places()) {
    const share = shareLease(client, 'a')
    engine.on('createVolume', exchange => exchange.answer(500, 'no space left on device'))
    vi.advanceTimersByTime(30_000)
    await engine.seen('createVolume')
    vi.advanceTimersByTime(60_000)
    await engine.seen('createVolume', 2)
    await share.release()
    expect(engine.volumes).toEqual([])
  }
})

test("the age is by the Engine's clock", async () => {
  for await (const { engine, client } of places()) {
    leaveLease(engine, elsewhere, { age: 0, adopted: 'one two' })
    engine.on('info', exchange =>
      exchange.answer(200, { ID: 'x', SystemTime: new Date(Date.now() + 90_000).toISOString() }),
    )
    const [lease] = await readLeases(client)
    expect(lease).toMatchObject({ volume: 'holdfast-lease-0', owner: elsewhere, adopted: ['one', 'two'] })
    expect(lease?.age).toBeGreaterThanOrEqual(90_000)
    expect(lease?.age).toBeLessThan(95_000)
  }
})

test('a volume that only looks like a lease is none', async () => {
  for await (const { engine, client } of places()) {
    leaveLease(engine, elsewhere)
    for (const volume of engine.volumes) volume.Labels = { 'dev.holdfast.lease': 'someone' }
    expect(await readLeases(client)).toEqual([])
    expect(ownerText(elsewhere)).toBe('other b 1 7 2')
  }
})
