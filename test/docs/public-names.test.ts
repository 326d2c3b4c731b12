import { expect, test } from 'vitest'
import { Types } from '../../scripts/docs/reference/types.ts'

test('every public name says what it is', () => {
  using types = new Types()
  const names = ['src/index.ts', 'src/replay/index.ts'].flatMap(file => types.names(file))
  expect(names.length).toBeGreaterThan(300)
  expect(names.filter(({ about }) => about === '').map(({ name }) => name)).toEqual([])
}, 60_000)
