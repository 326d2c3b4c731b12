/*
 * undici by itself, as holdfast has it: its pool alone, `dispatch` with the smallest handler, no timers. It shows what a
 * client that is built on it can reach.
 */
import { createRequire } from 'node:module'

const root = process.env.HOLDFAST ?? new URL('../..', import.meta.url).pathname
const Pool = createRequire(import.meta.url)(`${root}/node_modules/undici/lib/dispatcher/pool.js`)

export function openPool(socketPath) {
  return new Pool('http://d', {
    connect: { socketPath, allowH2: false },
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  })
}

/** `begun` settles when the headers are in, `answer` with the body; an upgrade's answer is its socket. */
export function begin(pool, method, path, { json, upgrade = null } = {}) {
  const begun = Promise.withResolvers()
  const answer = Promise.withResolvers()
  const chunks = []
  const fail = error => {
    begun.reject(error)
    answer.reject(error)
  }
  begun.promise.catch(() => undefined)
  const body = json === undefined ? null : JSON.stringify(json)
  const headers = json === undefined ? {} : { 'content-type': 'application/json' }
  pool.dispatch(
    { method, path, headers, body, upgrade },
    {
      onRequestStart() {},
      onRequestUpgrade: (_, _status, _headers, socket) => answer.resolve(socket),
      onResponseStart: begun.resolve,
      onResponseData: (_, chunk) => chunks.push(chunk),
      onResponseEnd: () => answer.resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)),
      onResponseError: (_, error) => fail(error),
    },
  )
  return { begun: begun.promise, answer: answer.promise }
}

export const request = (...args) => begin(...args).answer

/** A body's bytes, given as they come. */
export function stream(pool, path, onBytes) {
  const { promise, resolve, reject } = Promise.withResolvers()
  pool.dispatch(
    { method: 'GET', path },
    {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData: (_, chunk) => onBytes(chunk, 0, chunk.length),
      onResponseEnd: resolve,
      onResponseError: (_, error) => reject(error),
    },
  )
  return promise
}
