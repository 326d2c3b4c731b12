import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packArchive } from '../../../src/engine/streams/pack.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { rejection } from '../../support/errors.ts'
import { Sandbox } from './sandbox.ts'

const directory = (name: string, mode = 0o755) => ({ name, type: 'directory', mode }) as const
const root = directory('./')

describe('unpacking', () => {
  test('keeps names, contents, modes and times', async () => {
    using sandbox = new Sandbox()
    const mtime = new Date('2026-02-03T04:05:06Z')
    const long = `${'n'.repeat(200)}/${'ä'.repeat(100)}`
    const big = Buffer.alloc(3 * 2 ** 20, 'big')
    const archive = packArchive([
      root,
      { name: './run.sh', content: '#!/bin/sh', mode: 0o775, mtime },
      { name: './secret', content: 's', mode: 0o600 },
      { name: `./${long}`, content: 'long' },
      { name: './big', content: big },
      { name: './empty', content: '' },
      { name: './hard', type: 'link', linkname: './big' },
      directory('./d', 0o777),
      { name: './d/up', type: 'symlink', linkname: '../big' },
    ])
    const report = await sandbox.unpack(archive, { name: 'out' })
    const at = (name: string) => join(sandbox.target, 'out', name)
    expect(report).toMatchObject({ entries: 9, bytes: 9 + 1 + 4 + big.length, omissions: 0 })
    expect(lstatSync(at('run.sh'))).toMatchObject({ mode: 0o100775, mtime })
    expect(lstatSync(at('secret')).mode & 0o777).toBe(0o600)
    expect(lstatSync(at('d')).mode & 0o777).toBe(0o777)
    expect(readFileSync(at(long), 'utf8')).toBe('long')
    expect(readFileSync(at('d/up'))).toEqual(big)
    expect(statSync(at('hard')).ino).toBe(statSync(at('big')).ino)
    expect(statSync(at('empty')).size).toBe(0)
  })

  test('makes the directories that the archive has no entries for', async () => {
    using sandbox = new Sandbox()
    await sandbox.unpack(packArchive([root, { name: './a/b/c', content: 'c' }]), { name: 'out' })
    expect(sandbox.tree('target')).toEqual(['out/', 'out/a/', 'out/a/b/', 'out/a/b/c'])
  })

  test('a file alone', async () => {
    using sandbox = new Sandbox()
    await sandbox.unpack(packArchive([{ name: 'from', content: 'x' }]), { name: 'to' })
    expect(sandbox.tree('target')).toEqual(['to'])
  })

  test('of 3,000 small files has all of them', async () => {
    using sandbox = new Sandbox()
    const files = Array.from({ length: 3_000 }, (_, n) => ({
      name: `./${n % 10}/${n}`,
      content: `file ${n}`,
    }))
    await sandbox.unpack(packArchive([root, ...files]))
    for (const { name, content } of files)
      expect(readFileSync(join(sandbox.target, name), 'utf8')).toBe(content)
  })

  test('reports how far it is, and at the end all of it', async () => {
    using sandbox = new Sandbox()
    const events: RunEvent[] = []
    const content = (async function* () {
      const begun = performance.now()
      // As long as it takes for an event to be due.
      for (let n = 0; n < 1_000; n++) {
        while (performance.now() - begun < n / 4) await new Promise(setImmediate)
        yield Buffer.alloc(1_000)
      }
    })()
    const archive = packArchive([root, { name: './a', content, size: 1_000_000 }])
    await sandbox.unpack(archive, { onEvent: event => events.push(event) })
    expect(events.length).toBeGreaterThan(0)
    for (const event of events) expect(event).toMatchObject({ type: 'copy', direction: 'out', entries: 2 })
  })
})

describe('into a directory that exists', () => {
  const archive = () =>
    packArchive([
      root,
      { name: './file', content: 'new' },
      directory('./d'),
      { name: './d/new', content: 'new' },
      directory('./empty'),
    ])

  test('files are replaced, directories merged, and all else stays', async () => {
    using sandbox = new Sandbox()
    const at = (name: string) => join(sandbox.target, name)
    mkdirSync(at('d'), { mode: 0o700 })
    writeFileSync(at('d/old'), 'old')
    writeFileSync(at('file'), 'old')
    await sandbox.unpack(archive())
    expect(sandbox.tree('target')).toEqual(['d/', 'd/new', 'd/old', 'empty/', 'file'])
    expect(readFileSync(at('file'), 'utf8')).toBe('new')
    expect(lstatSync(at('d')).mode & 0o777).toBe(0o700)
  })

  test('a link there is replaced, not followed', async () => {
    using sandbox = new Sandbox()
    symlinkSync(join(sandbox.outside, 'secret'), join(sandbox.target, 'file'))
    await sandbox.unpack(archive())
    expect(sandbox.tree('target')).toContain('file')
    sandbox.checkOutside()
  })

  test('a hard link there is replaced, and what it shared stays', async () => {
    using sandbox = new Sandbox()
    linkSync(join(sandbox.outside, 'secret'), join(sandbox.target, 'file'))
    await sandbox.unpack(archive())
    sandbox.checkOutside()
  })

  test.each([
    [
      'a link to a directory where a directory comes',
      (sandbox: Sandbox) => symlinkSync(sandbox.outside, join(sandbox.target, 'd')),
    ],
    ['a file where a directory comes', (sandbox: Sandbox) => writeFileSync(join(sandbox.target, 'd'), 'old')],
    ['a directory where a file comes', (sandbox: Sandbox) => mkdirSync(join(sandbox.target, 'file'))],
  ])('%s fails it before anything is moved', async (_, prepare) => {
    using sandbox = new Sandbox()
    prepare(sandbox)
    const before = sandbox.tree('target')
    expect(String(await rejection(sandbox.unpack(archive())))).toMatch(/is a directory|is not a directory/)
    expect(sandbox.tree('target')).toEqual(before)
    sandbox.checkOutside()
  })

  test('that is replaced by a link while the archive comes: nothing goes through the link', async () => {
    using sandbox = new Sandbox()
    const moved = join(sandbox.path, 'moved')
    async function* swapping() {
      let first = true
      for await (const chunk of archive()) {
        yield chunk.subarray(0, 512)
        if (first) {
          renameSync(sandbox.target, moved)
          symlinkSync(sandbox.outside, sandbox.target)
        }
        first = false
        yield chunk.subarray(512)
      }
    }
    await sandbox.unpack(swapping())
    expect(readdirSync(sandbox.outside)).toEqual(['secret'])
    expect(sandbox.tree('moved')).toEqual(['d/', 'd/new', 'empty/', 'file'])
  })

  test('of which one below is replaced by a link while the archive comes fails, and nothing goes through the link', async () => {
    using sandbox = new Sandbox()
    mkdirSync(join(sandbox.target, 'd'))
    async function* swapping() {
      yield* archive()
      renameSync(join(sandbox.target, 'd'), join(sandbox.target, 'moved'))
      symlinkSync(sandbox.outside, join(sandbox.target, 'd'))
    }
    await rejection(sandbox.unpack(swapping()))
    sandbox.checkOutside()
  })
})

describe('what ends it', () => {
  const endless = async function* () {
    for (;;) yield Buffer.alloc(64 * 1024)
  }

  test.each([
    ['bytes', { bytes: 5_000 }, 'more than 5000 bytes'],
    ['entries', { entries: 1 }, 'more than 1 files'],
  ])('the limit of %s', async (_, limits, words) => {
    using sandbox = new Sandbox()
    const archive = packArchive([root, { name: './a', content: Buffer.alloc(6_000) }])
    expect(String(await rejection(sandbox.unpack(archive, { limits })))).toContain(words)
    expect(sandbox.tree('target')).toEqual([])
  })

  test('the limit of the whole time', async () => {
    using sandbox = new Sandbox()
    const archive = packArchive([root, { name: './a', content: endless(), size: 2 ** 40 }])
    const limits = { total: 50, bytes: 0 }
    expect(String(await rejection(sandbox.unpack(archive, { limits })))).toContain('took longer than')
    expect(sandbox.tree('target')).toEqual([])
  })

  test('no limit of time that is longer than a timer can be', async () => {
    using sandbox = new Sandbox()
    const archive = packArchive([root, { name: './a', content: Buffer.alloc(200_000) }])
    await sandbox.unpack(archive, { limits: { total: 2 ** 31, idle: 2 ** 31 } })
    expect(sandbox.tree('target')).toEqual(['a'])
  })

  test('an archive that fails, with its error', async () => {
    using sandbox = new Sandbox()
    async function* broken() {
      for await (const chunk of packArchive([root, { name: './a', content: Buffer.alloc(200_000) }])) {
        yield chunk.subarray(0, 10_000)
        throw new Error('the line is dead')
      }
    }
    expect(String(await rejection(sandbox.unpack(broken())))).toContain('the line is dead')
    expect(sandbox.tree('target')).toEqual([])
  })
})
