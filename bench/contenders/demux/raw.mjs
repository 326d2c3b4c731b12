// PAYLOAD TOTAL CHUNK
import { frameReader } from '../../floors/raw.mjs'
import { measured, report } from '../measured.mjs'
import { cut } from './chunks.mjs'

const { chunks, count } = cut(...process.argv.slice(2).map(Number))
let payload = 0
const read = frameReader((_, from, to) => {
  payload += to - from
})
const results = await measured(() => {
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const chunk = chunks[i % chunks.length]
    read(chunk, 0, chunk.length)
    bytes += chunk.length
  }
  return { bytes }
})
report({ ...results, payload })
