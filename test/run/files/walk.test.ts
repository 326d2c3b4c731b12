import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { NewArchiveEntry } from '../../../src/engine/streams/archive-entry.ts'
import { packArchive } from '../../../src/engine/streams/pack.ts'
import type { CopyLimits } from '../../../src/run/files/copies.ts'
import { findHostSource } from '../../../src/run/files/host-source.ts'
import { Transfer } from '../../../src/run/files/transfer.ts'
import { walk } from '../../../src/run/files/walk.ts'
import { rejection } from '../../support/errors.ts'
import { Sandbox } from './sandbox.ts'

/** A directory to be copied, `from`, and a place to see what comes of it. */
class Source extends Sandbox {
  readonly from = join(this.path, 'from')

  constructor() {
    super()
    mkdirSync(this.from)
  }

  at(name: string): string {
    return join(this.from, name)
  }
}

function transferOf(from: string, limits: CopyLimits = {}): Transfer {
  return new Transfer({ direction: 'in', from, to: '/to' }, { limits, emit: () => undefined })
}

async function* entries(from: string, transfer: Transfer, name?: string) {
  yield* walk(await findHostSource(from), name, transfer)
}

async function all(from: string, { name, limits }: { name?: string; limits?: CopyLimits } = {}) {
  using transfer = transferOf(from, limits)
  const found: NewArchiveEntry[] = []
  for await (const entry of entries(from, transfer, name)) {
    for await (const _ of pieces(entry));
    found.push(entry)
  }
  return { found, report: transfer.report() }
}

async function* pieces({ content }: NewArchiveEntry) {
  if (typeof content === 'object' && Symbol.asyncIterator in content) yield* content
}

const names = (found: readonly NewArchiveEntry[]) => found.map(({ name, type }) => `${name} ${type}`)

describe('walking a directory', () => {
  test('finds files, directories and links, with their modes, owners and times', async () => {
    using source = new Source()
    mkdirSync(source.at('d'))
    writeFileSync(source.at('d/f'), 'content')
    chmodSync(source.at('d/f'), 0o4751)
    utimesSync(source.at('d/f'), 1, 1_234_567_890)
    symlinkSync('../nowhere', source.at('d/l'))
    const { found, report } = await all(source.from, { name: 'as' })
    expect(names(found)).toEqual(['as directory', 'as/d directory', 'as/d/f file', 'as/d/l symlink'])
    expect(found[2]).toMatchObject({
      mode: 0o4751,
      size: 7,
      mtime: new Date(1_234_567_890_000),
      uid: process.getuid?.(),
    })
    expect(found[3]).toMatchObject({ linkname: '../nowhere' })
    expect(report).toMatchObject({ entries: 4, bytes: 7, omissions: 0 })
  })

  test('without a name gives what is in it', async () => {
    using source = new Source()
    mkdirSync(source.at('d'))
    writeFileSync(source.at('d/f'), '')
    expect(names((await all(source.from)).found)).toEqual(['d directory', 'd/f file'])
  })

  test('packs a file with two names once', async () => {
    using source = new Source()
    writeFileSync(source.at('a'), 'content')
    linkSync(source.at('a'), source.at('b'))
    const { found, report } = await all(source.from)
    expect(names(found)).toEqual(['a file', 'b link'])
    expect(found[1]).toMatchObject({ linkname: 'a' })
    expect(report).toMatchObject({ entries: 2, bytes: 7 })
  })

  test('leaves FIFOs, sockets and devices out, and never opens them', { timeout: 5_000 }, async () => {
    using source = new Source()
    execFileSync('mkfifo', [source.at('fifo')])
    await using server = createServer()
    server.listen(source.at('socket'))
    await once(server, 'listening')
    writeFileSync(source.at('file'), '')
    const { found, report } = await all(source.from)
    expect(names(found)).toEqual(['file file'])
    expect(report.omitted).toEqual([
      { name: 'fifo', reason: 'it is a device, a FIFO or a socket' },
      { name: 'socket', reason: 'it is a device, a FIFO or a socket' },
    ])
  })

  test('what is packed can be unpacked: the same tree, small files and large ones', async () => {
    using source = new Source()
    const large = Buffer.alloc(700_000, 'large')
    for (let n = 0; n < 150; n++) writeFileSync(source.at(`small-${n}`), `${n}`.repeat(n))
    mkdirSync(source.at('ä'.repeat(90)))
    writeFileSync(source.at(`${'ä'.repeat(90)}/large`), large)
    symlinkSync('small-1', source.at('link'))
    using transfer = transferOf(source.from)
    await source.unpack(packArchive(entries(source.from, transfer, 'as')), { name: 'out' })
    expect(source.tree('target/out')).toEqual(source.tree('from'))
    expect(readFileSync(join(source.target, 'out', 'ä'.repeat(90), 'large'))).toEqual(large)
    expect(readFileSync(join(source.target, 'out/small-12'), 'utf8')).toBe('12'.repeat(12))
  })
})

describe('a source', () => {
  test('that is a link is followed, one below is not', async () => {
    using source = new Source()
    writeFileSync(source.at('f'), 'content')
    symlinkSync('f', source.at('l'))
    symlinkSync(source.from, join(source.path, 'link'))
    expect(names((await all(join(source.path, 'link'))).found)).toEqual(['f file', 'l symlink'])
    expect(names((await all(source.at('l'), { name: 'as' })).found)).toEqual(['as file'])
  })

  test.each([
    ['nowhere', 'does not exist'],
    ['fifo', 'a device, a FIFO or a socket'],
    ['file/', 'not a directory'],
    ['file/.', 'not a directory'],
  ])('%s is refused', { timeout: 5_000 }, async (name, words) => {
    using source = new Source()
    execFileSync('mkfifo', [source.at('fifo')])
    writeFileSync(source.at('file'), '')
    expect(String(await rejection(findHostSource(`${source.from}/${name}`)))).toContain(words)
  })
})

describe('a file that changes while it is read', () => {
  test.each([
    ['shrank', (path: string) => truncateSync(path, 400_000)],
    ['grew', (path: string) => appendFileSync(path, 'more')],
  ])('%s: it ends the copy, and is named', async (word, change) => {
    using source = new Source()
    writeFileSync(source.at('log'), Buffer.alloc(1_000_000))
    using transfer = transferOf(source.from)
    const reading = async () => {
      for await (const entry of entries(source.from, transfer)) {
        let read = 0
        for await (const piece of pieces(entry)) {
          if (read === 0) change(source.at('log'))
          read += piece.length
        }
      }
    }
    expect(String(await rejection(reading()))).toContain(`log ${word} while it was read`)
  })
})

test('more than the limits allow ends it', async () => {
  using source = new Source()
  for (const name of ['a', 'b', 'c']) writeFileSync(source.at(name), 'content')
  expect(String(await rejection(all(source.from, { limits: { entries: 2 } })))).toContain('more than 2 files')
  expect(String(await rejection(all(source.from, { limits: { bytes: 20 } })))).toContain('more than 20 bytes')
})
