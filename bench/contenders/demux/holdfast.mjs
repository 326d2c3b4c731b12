// PAYLOAD TOTAL CHUNK
import { root } from '../holdfast.mjs'
import { measured, report } from '../measured.mjs'
import { cut } from './chunks.mjs'

// Not public: it is what stands between the socket and `job.chunks()`.
const { readOutput } = await import(`${root}/dist/engine/frames.js`)
const { chunks, count } = cut(...process.argv.slice(2).map(Number))

let bytes = 0
async function* incoming() {
  for (let i = 0; i < count; i++) {
    // A copy, as each chunk of a socket is new and the decoder's own.
    const chunk = Buffer.from(chunks[i % chunks.length])
    bytes += chunk.length
    yield chunk
  }
}

let payload = 0
const results = await measured(async () => {
  try {
    for await (const piece of readOutput(incoming(), false)) payload += piece.bytes.length
  } catch (error) {
    // The last frame is cut where the total ends.
    if (error.code !== 'connection-lost') throw error
  }
})
report({ ...results, bytes, payload })
