import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lookup, processContext, readBounded } from '../../src/cli/process-context.ts'
import { refusal } from './failure.ts'

test('a file is read to its end, and not beyond 8 MiB', () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-'))
  const file = join(directory, 'vars')
  try {
    writeFileSync(file, 'A=b\n')
    expect(Buffer.from(readBounded(file)).toString()).toBe('A=b\n')
    writeFileSync(file, new Uint8Array(8 * 1024 * 1024 + 1))
    expect(refusal(() => readBounded(file)).message).toBe('must have at most 8 MiB')
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('an endless file is refused', () => {
  expect(refusal(() => readBounded('/dev/zero')).message).toBe('must have at most 8 MiB')
})

test('what the process has', () => {
  const world = processContext()
  expect(world.cwd).toBe(process.cwd())
  expect(lookup(world.env, 'PATH')).toBe(process.env.PATH)
  expect(lookup(world.env, 'constructor')).toBeUndefined()
})
