// SIDE SERVER FILE WARM_UP COUNT
// An app is played from its recording again and again. This process is one SIDE, client or server, and is measured; it
// starts the other one as a process of its own. SERVER is holdfast or raw.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { measured, report } from '../measured.mjs'
import { client } from './client.mjs'
import { server } from './server.mjs'

const sides = { client, server }
const [side, kind, file, warmUp, count] = process.argv.slice(2)
const other = side === 'client' ? 'server' : 'client'
const times = [Number(warmUp), Number(count)]

if (process.send === undefined) {
  const peer = fork(import.meta.filename, [other, kind, file, warmUp, count])
  const play = await sides[side](channelOf(peer), kind, file)
  const [first, rest] = times
  await play(first)
  report({ ...(await measured(() => play(rest))), count: rest })
  peer.disconnect()
} else {
  const play = await sides[side](channelOf(process), kind, file)
  for (const some of times) await play(some)
}

/** Messages to the other side and from it, none of them lost. */
function channelOf(peer) {
  const come = []
  peer.on('message', message => come.push(message))
  return {
    send: message => peer.send(message),
    async next() {
      while (come.length === 0) await once(peer, 'message')
      return come.shift()
    },
  }
}
