import { repeat } from '../measured.mjs'

/** Jobs on the stub until V8 has compiled what it will, and on the Engine until it has compiled anew what it meets there. */
const [onStub, onEngine] = [1000, 8]

/** A client, with what closes it, in a process that has run FIRST_COMMAND, and many jobs where STUB is a stub's socket. */
export async function warmedUp(name, options) {
  const { openClient } = await import(`./clients/${name}.mjs`)
  const clients = []
  const open = more => {
    const client = openClient({ ...options, ...more })
    clients.push(client)
    return client
  }
  const first = process.env.FIRST_COMMAND
  if (first) await open({ command: JSON.parse(first) }).job()
  if (process.env.STUB) {
    await repeat(onStub, 1, open({ socket: process.env.STUB }).job)
    // The host's network takes the Engine half the time.
    await repeat(onEngine, 1, open({ network: 'host' }).job)
  }
  const client = open()
  // Not before: to break a connection is new to V8, which throws away what it has compiled for all streams.
  const close = () => Promise.all(clients.map(client => client.close()))
  return { client, close }
}
