/*
 * HTTP on a bare socket, as little as it takes: no pool, no parser to speak of, no errors foreseen. It shows what Node
 * itself costs.
 */
import { connect } from 'node:net'

const end = Buffer.from('\r\n\r\n')

/** A connection that is kept alive; one request at a time. */
export class Connection {
  #socket
  #bytes = Buffer.alloc(0)
  #answered
  #begun

  constructor(path) {
    this.#socket = connect(path)
    this.#socket.on('data', bytes => {
      this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
      this.#look()
    })
  }

  request(method, path, json) {
    return this.begin(method, path, json).answer
  }

  /** The same for an answer that takes its time: `begun` settles when its headers are in. */
  begin(method, path, json) {
    const begun = new Promise(resolve => {
      this.#begun = resolve
    })
    const answer = new Promise(resolve => {
      this.#answered = resolve
    })
    this.#socket.write(head(method, path, json))
    return { begun, answer }
  }

  #look() {
    const at = this.#bytes.indexOf(end)
    if (at < 0) return
    this.#begun()
    const headers = this.#bytes.latin1Slice(0, at)
    const from = at + 4
    const length = /content-length: (\d+)/i.exec(headers)
    if (length === null && /transfer-encoding/i.test(headers)) return this.#lookForChunk(headers, from)
    const size = length === null ? 0 : Number(length[1])
    if (this.#bytes.length >= from + size) this.#settle(headers, from, from + size, from + size)
  }

  // Such answers have one chunk, and a last, empty one.
  #lookForChunk(headers, from) {
    const last = this.#bytes.indexOf('\r\n0\r\n\r\n', from)
    if (last >= 0) this.#settle(headers, this.#bytes.indexOf('\r\n', from) + 2, last, last + 7)
  }

  #settle(headers, from, to, next) {
    const body = this.#bytes.subarray(from, to)
    this.#bytes = this.#bytes.subarray(next)
    this.#answered({ status: Number(headers.slice(9, 12)), body })
  }

  close() {
    this.#socket.destroy()
  }
}

/** Attaches to a container; resolves when the Engine has agreed. `onBytes` may keep nothing: the buffer is used again. */
export function attach(path, id, onBytes) {
  const opened = Promise.withResolvers()
  const ended = Promise.withResolvers()
  let open = false
  const socket = connect({
    path,
    onread: {
      buffer: Buffer.allocUnsafeSlow(256 * 1024),
      callback(length, buffer) {
        if (open) onBytes(buffer, 0, length)
        else {
          open = true
          const from = buffer.indexOf(end) + 4
          opened.resolve({ socket, ended: ended.promise })
          if (from < length) onBytes(buffer, from, length)
        }
        return true
      },
    },
  })
  socket.on('end', ended.resolve)
  socket.write(
    `POST /containers/${id}/attach?stream=1&stdout=1&stderr=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`,
  )
  return opened.promise
}

/** GET, its chunked body's bytes given as they come, HTTP's framing taken off. */
export function stream(path, method, target, onBytes) {
  const ended = Promise.withResolvers()
  const take = chunkReader(onBytes)
  let open = false
  const socket = connect({
    path,
    onread: {
      buffer: Buffer.allocUnsafeSlow(256 * 1024),
      callback(length, buffer) {
        let from = 0
        if (!open) {
          open = true
          from = buffer.indexOf(end) + 4
        }
        if (take(buffer, from, length)) socket.end()
        return true
      },
    },
  })
  socket.on('close', ended.resolve)
  socket.write(head(method, target))
  return ended.promise
}

/** Takes chunks apart, cut anywhere; true when the last one has come. */
function chunkReader(onBytes) {
  const newline = 10
  const [inSize, inData, afterData] = [0, 1, 2]
  let state = inSize
  let size = 0
  return (buffer, start, end) => {
    for (let at = start; at < end; ) {
      if (state === inData) {
        const some = Math.min(size, end - at)
        onBytes(buffer, at, at + some)
        at += some
        size -= some
        if (size === 0) state = afterData
        continue
      }
      const byte = buffer[at++]
      if (byte !== newline) {
        if (state === inSize && byte > 32) size = size * 16 + (byte < 58 ? byte - 48 : (byte | 32) - 87)
      } else if (state === inSize) {
        if (size === 0) return true
        state = inData
      } else state = inSize
    }
    return false
  }
}

function head(method, path, json) {
  const body = json === undefined ? '' : JSON.stringify(json)
  const type = json === undefined ? '' : 'Content-Type: application/json\r\n'
  return `${method} ${path} HTTP/1.1\r\nHost: d\r\n${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** Counts the payload of frames, cut anywhere; every range of it is given to `onPayload`. */
export function frameReader(onPayload) {
  const header = Buffer.alloc(8)
  let filled = 0
  let left = 0
  return (buffer, from, to) => {
    for (let at = from; at < to; ) {
      if (left === 0) {
        if (filled === 0 && to - at >= 8) {
          left = buffer.readUInt32BE(at + 4)
          at += 8
          continue
        }
        header[filled++] = buffer[at++]
        if (filled === 8) {
          filled = 0
          left = header.readUInt32BE(4)
        }
        continue
      }
      const some = Math.min(left, to - at)
      onPayload(buffer, at, at + some)
      left -= some
      at += some
    }
  }
}

/** Cuts payload into lines of text. */
export function lineReader(onLine) {
  let rest = ''
  return (buffer, from, to) => {
    const lines = (rest + buffer.latin1Slice(from, to)).split('\n')
    rest = lines.pop()
    for (const line of lines) onLine(line)
  }
}
