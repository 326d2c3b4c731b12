import { EventEmitter } from 'node:events'
import { Client } from 'undici'
import { expect, test } from 'vitest'
import { Pool } from '../../../src/engine/http/connections.ts'

function opened() {
  const created: Client[] = []
  const pool = new Pool(() => {
    const client = new Client('http://nowhere.invalid')
    created.push(client)
    return client
  })
  return { pool, created }
}

// As undici does; its types know an emit() of one event alone.
function emit(client: Client, event: 'disconnect' | 'connectionError'): void {
  EventEmitter.prototype.emit.call(client, event)
}

test('a connection is lent to one request at a time, the last one given back first', () => {
  const { pool, created } = opened()
  const [first, second] = [pool.take(), pool.take()]
  expect(first).not.toBe(second)
  pool.give(first)
  pool.give(second)
  expect([pool.take() === second, pool.take() === first]).toEqual([true, true])
  expect(created).toHaveLength(2)
})

test('one that closed while idle is not kept; one in use is, for its next request', async () => {
  const { pool, created } = opened()
  const [idle, used] = [pool.take(), pool.take()]
  pool.give(idle)
  emit(idle, 'disconnect')
  emit(used, 'disconnect')
  pool.give(used)
  expect(pool.take() === used).toBe(true)
  expect(pool.take() === idle).toBe(false)
  await pool.destroy(new Error('closed'))
  expect(created.map(({ destroyed }) => destroyed)).toEqual([false, true, true])
})

test('one that could not be opened is not kept', async () => {
  const { pool, created } = opened()
  const client = pool.take()
  emit(client, 'connectionError')
  pool.give(client)
  expect(client.destroyed).toBe(true)
  expect(pool.take()).not.toBe(client)
  await pool.destroy(new Error('closed'))
  expect(created).toHaveLength(2)
})
