import { expect, test } from 'vitest'
import { parseVolume } from '../../../src/cli/values/volume.ts'
import { failure } from '../failure.ts'

test.each([
  ['/a:/b', '/a:/b'],
  ['/a:/b:ro', '/a:/b:ro'],
  ['/a:/b:ro,z', '/a:/b:ro,z'],
  ['name:/b', 'name:/b'],
  ['/b', '/b'],
  ['./a:/b', '/work/dir/a:/b'],
  ['../a:/b:ro', '/work/a:/b:ro'],
  ['.:/b', '/work/dir:/b'],
  ['..:/b', '/work:/b'],
  ['.a:/b', '/work/dir/.a:/b'],
])('%s', (text, bind) => {
  expect(parseVolume(text, '-v', '/work/dir')).toBe(bind)
})

test.each([
  ['', 'is empty'],
  [':', 'has nothing on one side of a colon'],
  ['/a:', 'has nothing on one side of a colon'],
  ['/a:/b:', 'has nothing on one side of a colon'],
  ['/a:/b:ro:z', 'has too many colons'],
  ['name', 'does not say where in the container: "name" is not an absolute path'],
  ['./a', 'does not say where in the container: "./a" is not an absolute path'],
  ['/a:ro', 'does not say where in the container: "ro" is not an absolute path'],
  ['a/b:/b', 'has a source that is neither a path nor a volume'],
  ['~/a:/b', 'has a source that is neither a path nor a volume'],
  ['a:/b', 'has a source that is neither a path nor a volume'],
])('%j %s', (text, what) => {
  expect(failure(() => parseVolume(text, '-v', '/work/dir')).message).toBe(
    `-v: ${JSON.stringify(text)} ${what}`,
  )
})

test('the hint fits the source', () => {
  const hint = (text: string) => failure(() => parseVolume(text, '-v', '/work/dir')).hint
  expect(hint('a/b:/b')).toContain('"./a/b"')
  expect(hint('~/a:/b')).toContain('$HOME')
  expect(hint('a:/b')).toContain('two or more')
})

test('a directory with a colon in its name can only be mounted with --mount', () => {
  expect(failure(() => parseVolume('./a:/b', '-v', '/odd:dir')).hint).toBe('Use --mount.')
})
