// SOCKET CONTAINER
import { openPool, request, stream } from '../../floors/undici.mjs'
import { measured, report } from '../measured.mjs'

const [socket, container] = process.argv.slice(2)
const pool = openPool(socket)
await request(pool, 'GET', '/_ping')
let bytes = 0
// Each chunk is a frame: nothing is taken apart, and nothing kept.
const count = (_, from, to) => {
  bytes += to - from - 8
}
const results = await measured(() =>
  stream(pool, `/containers/${container}/logs?follow=1&stdout=1&stderr=1`, count),
)
report({ ...results, bytes })
await pool.destroy()
