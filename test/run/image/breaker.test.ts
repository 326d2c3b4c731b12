import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Breaker } from '../../../src/run/image/breaker.ts'
import { rejection } from '../../support/errors.ts'

const start = Date.parse('2026-11-23T15:00:00Z')
const second = 1_000
const pause = 60 * second
const window = 5 * 60 * second

let directory: string
let file: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-breaker-'))
  file = join(directory, 'reg.example%3A5000.json')
  vi.useFakeTimers({ toFake: ['Date'], now: start })
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(directory, { recursive: true })
})

/** As each process has its own. */
function breaker(registry = 'reg.example:5000'): Breaker {
  return new Breaker(directory, registry)
}

function at(ms: number): void {
  vi.setSystemTime(start + ms)
}

/** One outage at each of these moments. */
async function outages(...moments: number[]): Promise<void> {
  for (const moment of moments) {
    at(moment)
    await breaker().outage()
  }
}

const until = (ms: number, count: number) => ({ until: start + ms, outages: count })

describe('opens', () => {
  test('after three outages, not after two, and says until when', async () => {
    await outages(0, 10 * second)
    expect(await breaker().open()).toBe(undefined)
    await outages(20 * second)
    expect(await breaker().open()).toEqual(until(20 * second + pause, 3))
    await outages(30 * second)
    expect(await breaker().open()).toEqual(until(30 * second + pause, 4))
  })

  test('for outages within five minutes only', async () => {
    await outages(0, second, window)
    expect(await breaker().open()).toBe(undefined)
    await outages(window + 1)
    expect(await breaker().open()).toEqual(until(window + 1 + pause, 3))
  })

  test('for one registry, not for the others', async () => {
    await outages(0, 0, 0)
    for (const other of ['reg.example', 'reg.example:5001', 'docker.io'])
      expect(await breaker(other).open()).toBe(undefined)
    expect(await readdir(directory)).toEqual(['reg.example%3A5000.json'])
  })

  test('for a registry whose name is an address', async () => {
    const six = breaker('[::1]:5000')
    for (let count = 0; count < 3; count++) await six.outage()
    expect(await six.open()).toEqual(until(pause, 3))
    expect(await readdir(directory)).toHaveLength(1)
  })
})

describe('after the pause', () => {
  beforeEach(() => outages(0, 0, 0))

  test('the registry is asked again, at the pause’s end and not before', async () => {
    at(pause - 1)
    expect(await breaker().open()).toEqual(until(pause, 3))
    at(pause)
    expect(await breaker().open()).toBe(undefined)
  })

  test('one outage leaves it alone for another pause', async () => {
    await outages(pause + 10 * second)
    expect(await breaker().open()).toEqual(until(2 * pause + 10 * second, 4))
    at(2 * pause + 10 * second)
    expect(await breaker().open()).toBe(undefined)
  })

  test('an answer closes it, and three outages more are needed', async () => {
    at(pause)
    await breaker().answer()
    expect(await readdir(directory)).toEqual([])
    await outages(pause + 1, pause + 2)
    expect(await breaker().open()).toBe(undefined)
  })
})

describe('the directory', () => {
  test('is made, for its owner alone, and so is the file', async () => {
    const own = join(directory, 'own')
    const made = new Breaker(own, 'docker.io')
    expect(await made.open()).toBe(undefined)
    await made.answer()
    expect(await readdir(directory)).toEqual([])
    await made.outage()
    expect((await stat(own)).mode & 0o777).toBe(0o700)
    expect((await stat(join(own, 'docker.io.json'))).mode & 0o777).toBe(0o600)
  })

  test('below one that is not there is an error', async () => {
    const deep = new Breaker(join(directory, 'a', 'b'), 'docker.io')
    expect(await deep.open()).toBe(undefined)
    expect(await rejection(deep.outage())).toMatchObject({ code: 'ENOENT' })
  })

  test('below a file is an error', async () => {
    await writeFile(join(directory, 'plain'), '')
    const wrong = new Breaker(join(directory, 'plain'), 'docker.io')
    const error = { message: expect.stringContaining('is not a directory') }
    expect(await rejection(wrong.open())).toMatchObject(error)
    expect(await rejection(wrong.outage())).toMatchObject(error)
    expect(await rejection(wrong.answer())).toMatchObject(error)
  })

  test.runIf(process.platform === 'linux')('that takes no folders is an error', async () => {
    expect(await rejection(new Breaker('/proc/holdfast', 'docker.io').outage())).toMatchObject({
      code: 'ENOENT',
    })
  })
})

describe('the file', () => {
  test.each<[string, string]>([
    ['that is empty', ''],
    ['that was cut', `[${start},${start},${start}`],
    ['of no JSON', '<html>\0\0\0'],
    ['of other JSON', '{"at":1}'],
    ['of null', 'null'],
    ['of texts', JSON.stringify(Array(3).fill(String(start)))],
    ['of a clock that was ahead', JSON.stringify(Array(3).fill(start + 2 * pause))],
  ])('%s counts as none, and is replaced', async (_, text) => {
    await writeFile(file, text)
    expect(await breaker().open()).toBe(undefined)
    await breaker().outage()
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual([start])
  })

  test('keeps what is within the window', async () => {
    await outages(-2 * window, -window, -second, 0)
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual([start - second, start])
  })

  const foreign = { message: expect.stringMatching(/json was not written by holdfast$/) }

  test.each<[string, () => Promise<unknown>, object]>([
    ['is a directory', () => mkdir(file), foreign],
    ['is too big', () => writeFile(file, ' '.repeat(64 * 1024 + 1)), foreign],
    ['is a link', () => symlink('/etc/hostname', file), { code: 'ELOOP' }],
  ])('that %s is not read', async (_, prepare, error) => {
    await prepare()
    expect(await rejection(breaker().open())).toMatchObject(error)
    expect(await rejection(breaker().outage())).toMatchObject(error)
    expect(await readdir(directory)).toHaveLength(1)
  })

  test('that is a link is not written through: an answer removes the link alone', async () => {
    const victim = join(directory, 'victim')
    await writeFile(victim, 'precious')
    await symlink(victim, file)
    await breaker().answer()
    expect(await readdir(directory)).toEqual(['victim'])
    expect(await readFile(victim, 'utf8')).toBe('precious')
  })

  test.skipIf(process.getuid?.() === 0)('that may not be read is an error', async () => {
    await outages(0)
    await chmod(file, 0)
    expect(await rejection(breaker().open())).toMatchObject({ code: 'EACCES' })
    expect(await rejection(breaker().outage())).toMatchObject({ code: 'EACCES' })
  })

  test('is whole, however many write at once', async () => {
    await Promise.all(Array.from({ length: 40 }, () => breaker().outage()))
    const times: unknown = JSON.parse(await readFile(file, 'utf8'))
    expect(Array.isArray(times) && times.length >= 1 && times.every(time => time === start)).toBe(true)
    expect(await readdir(directory)).toHaveLength(1)
  })
})

describe('a directory that others could have prepared is not used', () => {
  test.each<[string, (path: string) => Promise<void>, string]>([
    ['a symbolic link', path => symlink(directory, path), 'is not a directory, or is a symbolic link'],
    ['a file', path => writeFile(path, ''), 'is not a directory, or is a symbolic link'],
    [
      'written by every user',
      path => mkdir(path).then(() => chmod(path, 0o777)),
      'may be written by every user',
    ],
  ])('%s', async (_, make, why) => {
    const path = join(directory, 'prepared')
    await make(path)
    for (const name of [path, `${path}/`]) {
      const prepared = new Breaker(name, 'reg.example:5000')
      expect(await rejection(prepared.open())).toMatchObject({ message: expect.stringContaining(why) })
      expect(await rejection(prepared.outage())).toMatchObject({ message: expect.stringContaining(why) })
      expect(await rejection(prepared.answer())).toMatchObject({ message: expect.stringContaining(why) })
    }
    expect(await readdir(directory)).toEqual(['prepared'])
  })

  test.runIf(process.getuid?.() === 0)("another user's", async () => {
    await chown(directory, 1234, 1234)
    expect(await rejection(breaker().outage())).toMatchObject({
      message: expect.stringContaining('belongs to another user'),
    })
  })
})
