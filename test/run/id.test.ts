import { execFileSync } from 'node:child_process'
import { expect, onTestFinished, test, vi } from 'vitest'
import { newId } from '../../src/run/id.ts'

const ids = Array.from({ length: 1_000 }, newId)

test('has the form of a random UUID', () => {
  const form = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
  expect(ids.filter(id => !form.test(id))).toEqual([])
})

test('is another each time', () => {
  expect(new Set(ids).size).toBe(ids.length)
})

test('is another each time where Math.random is not: in a process, and in another', () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5)
  onTestFinished(() => random.mockRestore())
  expect(new Set(Array.from({ length: 100 }, newId)).size).toBe(100)
  const script = `Math.random = () => 0.5; import(${JSON.stringify(new URL('../../src/run/id.ts', import.meta.url))}).then(({ newId }) => console.log(newId()))`
  const other = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim()
  expect(other.split('-')[1]).not.toBe(newId().split('-')[1])
})
