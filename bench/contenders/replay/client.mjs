import { app } from '../../../test/replay/app.ts'

const images = { one: 'private.test:5000/app:1', other: 'private.test:5000/tool:1' }

/** Runs the app against each server that is announced. */
export async function client({ send, next }) {
  return async times => {
    for (let done = 0; done < times; done++) {
      await app(await next(), images)
      send('done')
    }
  }
}
