// BYTES: lines of 80 bytes that exist already, given by an iterator that does nothing else, one by one.
import { measured, report } from '../measured.mjs'

const total = Number(process.argv[2])
const lines = Array.from({ length: 3000 }, () => ({ stream: 'stdout', text: 'x'.repeat(79) }))

class Lines {
  #left
  constructor(count) {
    this.#left = count
  }
  [Symbol.asyncIterator]() {
    return this
  }
  next() {
    const done = this.#left === 0
    return Promise.resolve({ done, value: done ? undefined : lines[this.#left-- % lines.length] })
  }
}

async function read(bytes) {
  let read = 0
  for await (const { text } of new Lines(Math.floor(bytes / 80))) read += text.length + 1
  return { bytes: read }
}

await read(total / 16)
report(await measured(() => read(total)))
