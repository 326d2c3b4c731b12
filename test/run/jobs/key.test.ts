import { expect, test } from 'vitest'
import { InvalidValueError } from '../../../src/run/invalid.ts'
import { checkKey, containerName } from '../../../src/run/jobs/key.ts'

test.each(['a', '7', 'nightly-2026.11_23', 'A'.repeat(128)])('%j is a key', key => {
  checkKey(key)
  expect(containerName(key)).toBe(`holdfast-${key}`)
})

test.each(['', '-a', '.a', '_a', 'a/b', 'a b', 'ä', 'a\n', 'a:b', 'A'.repeat(129)])('%j is refused', key => {
  expect(() => checkKey(key)).toThrow(InvalidValueError)
})
