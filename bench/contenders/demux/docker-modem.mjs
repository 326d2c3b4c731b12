// PAYLOAD TOTAL CHUNK
import { EventEmitter } from 'node:events'
import { Writable } from 'node:stream'
import Docker from 'dockerode'
import { measured, report } from '../measured.mjs'
import { cut } from './chunks.mjs'

const { chunks, count } = cut(...process.argv.slice(2).map(Number))
let payload = 0
const counting = new Writable({
  write(chunk, _, done) {
    payload += chunk.length
    done()
  },
})
const incoming = new EventEmitter()
new Docker().modem.demuxStream(incoming, counting, counting)
const results = await measured(() => {
  let bytes = 0
  for (let i = 0; i < count; i++) {
    const chunk = chunks[i % chunks.length]
    incoming.emit('data', chunk)
    bytes += chunk.length
  }
  return { bytes }
})
report({ ...results, payload })
