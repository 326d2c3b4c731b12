import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Sockets } from '../../../src/engine/http/sockets.ts'

function sockets(count: number) {
  const all = Array.from({ length: count }, () => new PassThrough().on('error', () => undefined))
  const sockets = new Sockets()
  for (const socket of all) sockets.add(socket)
  return { all, sockets }
}

test('those that are there are destroyed, and not those that have gone', () => {
  const { all, sockets: some } = sockets(3)
  if (all[1] !== undefined) some.delete(all[1])
  some.delete(new PassThrough())
  const error = new Error('closed')
  some.destroy(error)
  expect(all.map(({ errored }) => errored)).toEqual([error, null, error])
})

test('all of them are destroyed, though each goes as it is', () => {
  const { all, sockets: some } = sockets(3)
  for (const socket of all) {
    socket.destroy = error => {
      some.delete(socket)
      return PassThrough.prototype.destroy.call(socket, error)
    }
  }
  some.destroy(new Error('closed'))
  expect(all.map(({ destroyed }) => destroyed)).toEqual([true, true, true])
})
