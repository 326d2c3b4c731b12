import { EventEmitter } from 'node:events'
import type { Client } from 'undici'
import { expect, test } from 'vitest'
import { Pool } from '../../src/engine/pool.ts'

class FakeClient extends EventEmitter {
  destroyedWith: Error | undefined
  async destroy(error: Error): Promise<void> {
    this.destroyedWith = error
  }
}

function poolOfFakes() {
  const created: FakeClient[] = []
  const pool = new Pool(() => {
    const client = new FakeClient()
    created.push(client)
    return client as unknown as Client
  })
  return { pool, created }
}

test('a connection is lent to one request at a time, the last one given back first', () => {
  const { pool, created } = poolOfFakes()
  const [first, second] = [pool.take(), pool.take()]
  expect(first).not.toBe(second)
  pool.give(first)
  pool.give(second)
  expect([pool.take(), pool.take()]).toEqual([second, first])
  expect(created).toHaveLength(2)
})

test('one that closed while idle is not kept; one in use is, for its next request', async () => {
  const { pool, created } = poolOfFakes()
  const [idle, used] = [pool.take(), pool.take()]
  pool.give(idle)
  created[0]?.emit('disconnect')
  created[1]?.emit('disconnect')
  pool.give(used)
  expect(pool.take()).toBe(used)
  expect(pool.take()).not.toBe(idle)
  const error = new Error('closed')
  await pool.destroy(error)
  expect(created.map(({ destroyedWith }) => destroyedWith)).toEqual([undefined, error, error])
})
