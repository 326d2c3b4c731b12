import { describe, expect, test } from 'vitest'
import { watchFor } from '../../../src/cli/terminal/detach.ts'
import { detachKeys } from '../../../src/cli/values/detach-keys.ts'
import { collect } from '../../support/errors.ts'
import { world } from '../world.ts'

const keys = (text: string) => detachKeys.parse(text, world())

describe('the value of --detach-keys', () => {
  test.each([
    ['ctrl-p,ctrl-q', [16, 17]],
    ['ctrl-@,ctrl-a,ctrl-z,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [0, 1, 26, 27, 28, 29, 30, 31]],
    ['a,B,DEL', [97, 66, 127]],
  ])('%s', (text, bytes) => {
    expect([...(keys(text) ?? [])]).toEqual(bytes)
  })

  test('an empty one is none', () => {
    expect(keys('')).toBeUndefined()
  })

  test.each(['ctrl-1', 'ab', 'ctrl-p,', 'é', 'CTRL-P'])('%j is refused', text => {
    expect(() => keys(text)).toThrow('must be keys separated by commas')
  })
})

/** What is passed on of these pieces, and how often the keys were found. */
async function typed(sequence: string, ...pieces: string[]): Promise<[passed: string, detached: number]> {
  let detached = 0
  const source = (async function* () {
    for (const piece of pieces) yield Buffer.from(piece)
  })()
  const { items } = await collect(watchFor(Buffer.from(sequence), source, () => detached++))
  return [Buffer.concat(items).toString(), detached]
}

describe('what is typed', () => {
  test.each([
    ['xy', ['abc'], 'abc', 0],
    ['xy', ['axyb'], 'ab', 1],
    ['xy', ['ax', 'yb'], 'ab', 1],
    ['xy', ['ax', 'b'], 'axb', 0],
    ['xy', ['x'], 'x', 0],
    ['aab', ['aaab'], 'a', 1],
    ['abab', ['ab', 'aabab'], 'aba', 1],
    ['x', ['xx'], '', 2],
  ])('keys %s in %j', async (sequence, pieces, passed, detached) => {
    expect(await typed(sequence, ...pieces)).toEqual([passed, detached])
  })
})
