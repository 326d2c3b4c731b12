import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/auth/config-file.ts'
import { fakeHelpers, rejection, temporaryDirectory } from './fake-helpers.ts'

const { signal } = new AbortController()

const load = async (config: unknown) => loadConfig((await fakeHelpers({}, config)).directory, signal)

describe('loadConfig', () => {
  test('gives what the file holds, and its path', async () => {
    const { directory } = await fakeHelpers({}, { auths: { 'r.io': 1 } })
    expect(await loadConfig(directory, signal)).toEqual({
      source: 'config.json',
      name: join(directory, 'config.json'),
      root: new Map([['auths', { 'r.io': 1 }]]),
    })
  })

  test('has no entries: no file', async () => {
    expect((await load(undefined)).root.size).toBe(0)
  })

  test('has no entries: no directory', async () => {
    const directory = join(await temporaryDirectory(), 'none')
    expect((await loadConfig(directory, signal)).root.size).toBe(0)
  })

  test('malformed: names the file', async () => {
    const { directory } = await fakeHelpers({}, '{')
    expect(await rejection(loadConfig(directory, signal))).toMatchObject({
      about: join(directory, 'config.json'),
      message: `${join(directory, 'config.json')} is malformed: it is not a JSON object`,
    })
  })

  test('unreadable: names the file and what to do', async () => {
    const { directory } = await fakeHelpers()
    const file = join(directory, 'config.json')
    await mkdir(file)
    expect(await rejection(loadConfig(directory, signal))).toMatchObject({
      kind: 'credential-error',
      about: file,
      message: `cannot read ${file}: EISDIR`,
      hint: expect.stringContaining('DOCKER_CONFIG'),
    })
  })

  test('unreadable: larger than it can be', async () => {
    await expect(load(' '.repeat(5 * 1024 * 1024))).rejects.toThrow('larger than')
  })

  test('unreadable: a pipe that has no writer', async () => {
    const { directory } = await fakeHelpers()
    execFileSync('mkfifo', [join(directory, 'config.json')])
    await expect(loadConfig(directory, signal)).rejects.toThrow('not a regular file')
  })

  test('has no entries: a path through a file, no home directory', async () => {
    const { directory } = await fakeHelpers({}, {})
    expect((await loadConfig(join(directory, 'config.json'), signal)).root.size).toBe(0)
    expect((await loadConfig(undefined, signal)).root.size).toBe(0)
  })

  test('throws the reason of an aborted signal', async () => {
    const { directory } = await fakeHelpers({}, {})
    const reason = new Error('enough')
    expect(await rejection(loadConfig(directory, AbortSignal.abort(reason)))).toBe(reason)
  })
})
