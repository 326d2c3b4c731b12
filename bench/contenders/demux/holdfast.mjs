// PAYLOAD TOTAL CHUNK
import { root } from '../holdfast.mjs'
import { measured, report } from '../measured.mjs'
import { cut } from './chunks.mjs'

// Not public: it is what stands between the socket and `job.chunks()`.
const { OutputStream } = await import(`${root}/src/engine/output-stream.ts`)
const { chunks, count } = cut(...process.argv.slice(2).map(Number))

let bytes = 0
let left = count
// Two, used in turns, as a socket is read into: the decoder moves bytes in what it is given.
const memory = [0, 1].map(() => Buffer.alloc(chunks[0].length))
const source = {
  async read() {
    if (left === 0) return undefined
    const [chunk, target] = [chunks[(count - left) % chunks.length], memory[left-- % 2]]
    chunk.copy(target)
    bytes += chunk.length
    return target
  },
}

let payload = 0
const output = new OutputStream(source, { tty: false, close() {} })
const results = await measured(async () => {
  try {
    for (let pieces = await output.read(); pieces !== undefined; pieces = await output.read())
      for (const piece of pieces) payload += piece.bytes.length
  } catch (error) {
    // The last frame is cut where the total ends.
    if (error.code !== 'connection-lost') throw error
  }
})
report({ ...results, bytes, payload })
