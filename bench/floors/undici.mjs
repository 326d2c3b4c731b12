/*
 * undici by itself, as holdfast has it: clients that are lent for one request at a time, `dispatch` with the smallest
 * handler, no timers. It shows what a client that is built on it can reach.
 */
import Client from './undici-client.mjs'

/** undici's own pool takes more time than this: it reports a free connection by an event. */
export function openPool(socketPath) {
  const options = {
    connect: { socketPath, allowH2: false },
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 2,
    allowH2: false,
  }
  const idle = []
  const clients = []
  const create = () => {
    const client = new Client('http://d', options)
    clients.push(client)
    return client
  }
  return {
    dispatch(request, answer) {
      const client = idle.pop() ?? create()
      const giveBack = () => idle.push(client)
      client.dispatch({ ...request, blocking: false }, new Handler(answer, giveBack))
    },
    destroy: () => Promise.all(clients.map(client => client.destroy())),
  }
}

class Handler {
  constructor(answer, giveBack) {
    this.answer = answer
    this.giveBack = giveBack
  }
  onRequestStart() {}
  onRequestUpgrade(_, _status, _headers, socket) {
    this.giveBack()
    this.answer.resolve(socket)
  }
  onResponseStart() {
    this.answer.begun?.()
  }
  onResponseData(_, chunk) {
    this.answer.data(chunk)
  }
  onResponseEnd() {
    this.giveBack()
    this.answer.resolve(this.answer.result?.())
  }
  onResponseError(_, error) {
    this.giveBack()
    this.answer.reject(error)
  }
}

/** `begun` settles when the headers are in, `answer` with the body; an upgrade's answer is its socket. */
export function begin(pool, method, path, { json, upgrade = null } = {}) {
  const begun = Promise.withResolvers()
  const answer = Promise.withResolvers()
  answer.promise.catch(begun.reject)
  begun.promise.catch(() => undefined)
  let body
  pool.dispatch(
    {
      method,
      path,
      headers: json === undefined ? null : { 'content-type': 'application/json' },
      body: json === undefined ? null : JSON.stringify(json),
      upgrade,
    },
    {
      begun: begun.resolve,
      data: chunk => {
        body = body === undefined ? chunk : Buffer.concat([body, chunk])
      },
      result: () => body,
      resolve: answer.resolve,
      reject: answer.reject,
    },
  )
  return { begun: begun.promise, answer: answer.promise }
}

export const request = (...args) => begin(...args).answer

/** A body's bytes, given as they come. */
export function stream(pool, path, onBytes) {
  return new Promise((resolve, reject) => {
    const data = chunk => onBytes(chunk, 0, chunk.length)
    pool.dispatch({ method: 'GET', path }, { data, resolve, reject })
  })
}
