// SOCKET CONTAINER
import { frameReader, stream } from '../../floors/raw.mjs'
import { measured, report } from '../measured.mjs'

const [socket, container] = process.argv.slice(2)
let bytes = 0
const read = frameReader((_, from, to) => {
  bytes += to - from
})
const results = await measured(() =>
  stream(socket, 'GET', `/containers/${container}/logs?follow=1&stdout=1&stderr=1`, read),
)
report({ ...results, bytes })
