import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
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
  file = join(directory, 'reg.example%3A5000.ndjson')
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
    expect(await readdir(directory)).toEqual(['reg.example%3A5000.ndjson'])
  })

  test('for a registry whose name is an address', async () => {
    const six = breaker('[::1]:5000')
    for (let count = 0; count < 3; count++) await six.outage()
    expect(await six.open()).toEqual(until(pause, 3))
    expect(await readdir(directory)).toHaveLength(1)
  })

  test('in a directory that is not there yet', async () => {
    const deep = new Breaker(join(directory, 'a', 'b'), 'docker.io')
    expect(await deep.open()).toBe(undefined)
    await deep.answer()
    expect(await readdir(directory)).toEqual([])
    for (let count = 0; count < 3; count++) await deep.outage()
    expect(await deep.open()).toEqual(until(pause, 3))
  })
})

describe('after the pause', () => {
  beforeEach(() => outages(0, 0, 0))

  test('one may try, at the pause’s end and not before', async () => {
    at(pause - 1)
    expect(await breaker().open()).toEqual(until(pause, 3))
    at(pause)
    expect(await breaker().open()).toBe(undefined)
    expect(await breaker().open()).toEqual(until(2 * pause, 3))
  })

  test('one of many at once may', async () => {
    at(pause)
    const all = await Promise.all(Array.from({ length: 40 }, () => breaker().open()))
    expect(all.filter(open => open === undefined)).toHaveLength(1)
    expect(all.filter(open => open !== undefined)).toEqual(
      Array.from({ length: 39 }, () => until(2 * pause, 3)),
    )
  })

  test('its outage leaves the registry alone for another pause', async () => {
    at(pause)
    await breaker().open()
    await outages(pause + 10 * second)
    expect(await breaker().open()).toEqual(until(2 * pause + 10 * second, 4))
    at(2 * pause + 10 * second)
    expect(await breaker().open()).toBe(undefined)
    expect(await breaker().open()).toEqual(until(3 * pause + 10 * second, 4))
  })

  test('its answer makes all good, and three outages more are needed', async () => {
    at(pause)
    await breaker().open()
    await breaker().answer()
    for (const _ of [1, 2, 3]) expect(await breaker().open()).toBe(undefined)
    expect(await readdir(directory)).toEqual([])
    await outages(pause + 1, pause + 2)
    expect(await breaker().open()).toBe(undefined)
  })

  test('a try that was never heard of again is taken over by one, though others asked meanwhile', async () => {
    at(pause)
    await breaker().open()
    for (let moment = pause + 5 * second; moment < 2 * pause; moment += 5 * second) {
      at(moment)
      expect(await breaker().open()).toEqual(until(2 * pause, 3))
    }
    at(2 * pause)
    const all = await Promise.all(Array.from({ length: 20 }, () => breaker().open()))
    expect(all.filter(open => open === undefined)).toHaveLength(1)
    at(3 * pause)
    expect(await breaker().open()).toBe(undefined)
    expect(await breaker().open()).toEqual(until(4 * pause, 3))
  })

  test('who is sent away leaves no trace: the file does not grow with those who ask', async () => {
    at(pause)
    await breaker().open()
    const before = await readFile(file, 'utf8')
    for (let count = 0; count < 20; count++) await breaker().open()
    expect(await readFile(file, 'utf8')).toBe(before)
  })

  test('and the window it is forgotten', async () => {
    at(window)
    for (const _ of [1, 2, 3]) expect(await breaker().open()).toBe(undefined)
  })
})

describe('the file', () => {
  const line = (moment: number, what = 'outage') => `${JSON.stringify({ at: start + moment, what })}\n`

  test.each<[string, string]>([
    ['a line that was cut', `${line(0)}${line(0)}{"at":${start},"what":"out\n${line(0)}`],
    ['a last line that was cut', `${line(0)}${line(0)}${line(0)}{"at":${start}`],
    ['no JSON', `${line(0)}<html>\n\n\0\0\0\n${line(0)}${line(0)}`],
    ['JSON that is none of ours', `null\n1\n"x"\n[]\n{}\n{"at":1}\n${line(0)}${line(0)}${line(0)}`],
    ['lines of a later version', `${line(0)}${line(0, 'rumour')}${line(0)}${line(0)}`],
    ['a moment that is no number', `{"at":"${start}","what":"outage"}\n${line(0)}${line(0)}${line(0)}`],
    ['lines of a clock that was ahead', `${line(2 * pause)}${line(window)}${line(0)}${line(0)}${line(0)}`],
  ])('%s is skipped', async (_, text) => {
    await writeFile(file, text)
    expect(await breaker().open()).toEqual(until(pause, 3))
  })

  test('is shortened when it has grown, and keeps what counts', async () => {
    await writeFile(file, line(-2 * window).repeat(500) + line(-second) + line(0))
    const before = (await stat(file)).size
    await breaker().outage()
    expect((await stat(file)).size).toBeLessThan(before / 50)
    expect(await breaker().open()).toEqual(until(pause, 3))
    expect(await readdir(directory)).toHaveLength(1)
  })

  test.each<[string, () => Promise<unknown>]>([
    ['is a directory', () => mkdir(file)],
    ['is too big', () => writeFile(file, ' '.repeat(1024 * 1024 + 1))],
  ])('that %s is not read', async (_, prepare) => {
    await prepare()
    const error = await rejection(breaker().open())
    expect(error).toMatchObject({ message: `${file} is no file of holdfast's` })
  })

  test('that can’t be, below what is no directory, is told', async () => {
    await writeFile(join(directory, 'plain'), '')
    const wrong = new Breaker(join(directory, 'plain'), 'docker.io')
    expect(await rejection(wrong.open())).toMatchObject({ code: 'ENOTDIR' })
    expect(await rejection(wrong.outage())).toMatchObject({ code: 'ENOTDIR' })
    expect(await rejection(wrong.answer())).toMatchObject({ code: 'ENOTDIR' })
  })

  test.runIf(process.platform === 'linux')('in a folder that takes no folders is told', async () => {
    expect(await rejection(new Breaker('/proc/holdfast', 'docker.io').outage())).toMatchObject({
      code: 'ENOENT',
    })
  })

  test.skipIf(process.getuid?.() === 0)('that may not be read is told', async () => {
    await outages(0)
    await chmod(file, 0)
    expect(await rejection(breaker().open())).toMatchObject({ code: 'EACCES' })
    expect(await rejection(breaker().outage())).toMatchObject({ code: 'EACCES' })
  })
})

describe('several processes', () => {
  const script = `
    import { Breaker } from ${JSON.stringify(new URL('../../../src/run/image/breaker.ts', import.meta.url).href)}
    const [directory, registry] = process.argv.slice(1)
    console.log('ready')
    await new Promise(resolve => process.stdin.once('data', resolve))
    await Promise.all(Array.from({ length: 10 }, () => new Breaker(directory, registry).outage()))
    process.stdin.destroy()
  `

  /** Four processes write ten outages each, all at once. */
  async function storm(): Promise<void> {
    const args = ['--input-type=module', '-e', script, directory, 'reg.example:5000']
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    await Promise.all(children.map(({ stdout }) => once(stdout, 'data')))
    const ends = children.map(child => once(child, 'exit'))
    for (const { stdin } of children) stdin.write('go\n')
    expect(await Promise.all(ends)).toEqual(children.map(() => [0, null]))
  }

  beforeEach(() => {
    vi.useRealTimers()
  })

  test('lose none of each other’s outages', async () => {
    await storm()
    expect(await breaker().open()).toMatchObject({ outages: 40 })
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(40)
  })

  test('shorten the file under each other’s hands, and leave it whole', async () => {
    const old = `${JSON.stringify({ at: Date.now() - 2 * window, what: 'outage' })}\n`
    await writeFile(file, old.repeat(1_000))
    await storm()
    const lines = (await readFile(file, 'utf8')).trim().split('\n')
    // Some may be lost, none is torn, and the old ones are gone.
    for (const line of lines) expect(JSON.parse(line).at).toBeGreaterThan(Date.now() - window)
    expect(lines.length).toBeGreaterThanOrEqual(1)
    expect(lines.length).toBeLessThanOrEqual(40)
    expect(await readdir(directory)).toHaveLength(1)
    for (let count = 0; count < 3; count++) await breaker().outage()
    expect(await breaker().open()).toMatchObject({ outages: lines.length + 3 })
  })
})
