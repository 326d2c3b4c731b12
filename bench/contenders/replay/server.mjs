import { rawReplay } from '../../floors/replay.mjs'
import { root } from '../checkout.mjs'

const { replay } = await import(`${root}/dist/replay/index.js`)
const servers = { holdfast: file => replay(file), raw: rawReplay }

/** Plays the recording as often as it is asked, each time from its file, and closes at the end. */
export async function server({ send, next }, kind, file) {
  return async times => {
    for (let done = 0; done < times; done++) {
      const player = await servers[kind](file)
      send(player.host)
      await next()
      await player[Symbol.asyncDispose]()
    }
  }
}
