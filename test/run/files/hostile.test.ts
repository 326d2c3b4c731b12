import { lstatSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rejection } from '../../support/errors.ts'
import { cut, random, tries } from '../../support/random.ts'
import { endlessLinks, endlessTar, hostileTars, manyEntries } from './hostile-tars.ts'
import { Sandbox } from './sandbox.ts'

const names = hostileTars('/outside').map(({ name }) => name)

describe('a hostile archive', () => {
  test.each(names)('%s', async name => {
    using sandbox = new Sandbox()
    const hostile = hostileTars(sandbox.outside).find(one => one.name === name)
    const { bytes = new Uint8Array(), tree = [], omitted, failure } = hostile ?? {}
    const unpacking = sandbox.unpack(cut(bytes, random(1), 700), { name: 'out' })
    if (failure !== undefined) expect(String(await rejection(unpacking))).toMatch(failure)
    else {
      const report = await unpacking
      expect(report.omitted.map(({ reason }) => reason)).toEqual(
        (omitted ?? []).map(words => expect.stringMatching(words)),
      )
    }
    expect(sandbox.tree('target')).toEqual(failure ? [] : ['out/', ...tree.map(path => `out/${path}`)])
    sandbox.checkOutside()
  })

  test('leaves no setuid bit, and no directory that its owner may not enter', async () => {
    using sandbox = new Sandbox()
    for (const { name, bytes } of hostileTars(sandbox.outside))
      if (name.startsWith('setuid') || name.startsWith('a directory without')) await sandbox.unpack([bytes])
    expect(lstatSync(join(sandbox.target, 'su')).mode & 0o7777).toBe(0o755)
    expect(lstatSync(join(sandbox.target, 'd')).mode & 0o7777).toBe(0o700)
  })

  test('without end is given up at the limit of entries, and nothing is left of it', async () => {
    using sandbox = new Sandbox()
    const error = await rejection(sandbox.unpack(endlessTar(), { limits: { entries: 2_000 } }))
    expect(String(error)).toContain('more than 2000 files')
    expect(sandbox.tree('target')).toEqual([])
  })

  test('of empty entries without number takes no memory for each of them', {
    timeout: 30_000 + tries * 10,
  }, async () => {
    using sandbox = new Sandbox()
    // A tenth of them first: what grows with them is then seen.
    const count = tries >= 100_000 ? 10_000_000 : 20_000
    await sandbox.unpack(manyEntries(count / 10), { limits: { entries: 0 } })
    const before = process.memoryUsage.rss()
    const report = await sandbox.unpack(manyEntries(count), { limits: { entries: 0, total: 0 } })
    expect(report.omissions).toBe(count)
    expect(report.omitted).toHaveLength(20)
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 2 ** 20)
    expect(sandbox.tree('target')).toEqual([])
  })

  test('of links without end is given up at the memory that they take', async () => {
    using sandbox = new Sandbox()
    const before = process.memoryUsage().rss
    const error = await rejection(sandbox.unpack(endlessLinks(), { name: 'out' }))
    expect(String(error)).toContain('symbolic links')
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20)
    expect(sandbox.tree('target')).toEqual([])
  })

  test('that was changed at random places harms nothing', { timeout: 30_000 + tries * 100 }, async () => {
    const below = random(20261129)
    for (let n = 0; n < tries; n++) {
      using sandbox = new Sandbox()
      const tars = hostileTars(sandbox.outside)
      const bytes = damaged(tars[below(tars.length)]?.bytes ?? new Uint8Array(), below)
      const unpacking = sandbox.unpack(cut(bytes, below, 2_000), { name: 'out', limits: { bytes: 2 ** 30 } })
      const failed = await unpacking.then(
        () => false,
        () => true,
      )
      const tree = sandbox.tree('target')
      if (failed) expect(tree).toEqual([])
      expect(tree.filter(path => path.endsWith('(special)') || leadsOut(path))).toEqual([])
      sandbox.checkOutside()
    }
  })
})

/** Whether it is a link, as `out/l -> ../x`, that leads out of `out`. */
function leadsOut(path: string): boolean {
  const [link = '', target] = path.split(' -> ')
  return target !== undefined && !/^out(\/|$)/.test(posix.resolve('/', posix.dirname(link), target).slice(1))
}

/** Some blocks are written over, left out or doubled; checksums are made right again, so that it goes on being an archive. */
function damaged(bytes: Uint8Array, below: (bound: number) => number): Uint8Array {
  const copy = Buffer.from(bytes)
  for (let n = below(6); n > 0 && copy.length > 0; n--) {
    const block = below(Math.ceil(copy.length / 512)) * 512
    for (let m = below(4); m >= 0; m--) copy[Math.min(copy.length - 1, block + below(512))] = below(256)
    if (below(4) > 0) sum(copy.subarray(block, block + 512))
  }
  return below(4) === 0 ? copy.subarray(0, below(copy.length + 1)) : copy
}

function sum(header: Buffer): void {
  if (header.length < 512) return
  header.fill(' ', 148, 156)
  const total = header.reduce((sum, byte) => sum + byte, 0)
  header.write(`${total.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}
