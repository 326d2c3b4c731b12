import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ArchiveEntry, NewArchiveEntry } from '../../../src/engine/streams/archive-entry.ts'
import { packArchive } from '../../../src/engine/streams/pack.ts'
import { unpackArchive } from '../../../src/engine/streams/unpack.ts'
import { chunk, chunkedHead, hold, text } from '../../support/byte-server.ts'
import { scripted } from '../../support/engines.ts'
import { bytesOf, collect, rejection } from '../../support/errors.ts'
import { cut, random, tries } from '../../support/random.ts'
import { pathStatHeader } from '../../support/responses.ts'

type Unpacked = Omit<ArchiveEntry, 'content'> & { content: Buffer }

async function unpacked(bytes: AsyncIterable<Uint8Array>): Promise<Unpacked[]> {
  const entries: Unpacked[] = []
  for await (const entry of unpackArchive(bytes))
    entries.push({ ...entry, content: await bytesOf(entry.content) })
  return entries
}

async function* stream(...chunks: Array<Uint8Array | string>) {
  for (const piece of chunks) yield Buffer.from(piece)
}

/** Chunks, and a promise that resolves when their reader has left. */
function watched(chunks: AsyncIterable<Uint8Array>) {
  const left = Promise.withResolvers<'left'>()
  async function* content() {
    try {
      yield* chunks
    } finally {
      left.resolve('left')
    }
  }
  return { content: content(), left: left.promise }
}

async function* endless() {
  for (;;) {
    yield Buffer.alloc(64 * 1024)
    await setImmediate()
  }
}

const mtime = new Date(1_700_000_000_000)
async function packBytes(entries: NewArchiveEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of packArchive(entries)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('what is packed comes out again', async () => {
  const entries: NewArchiveEntry[] = [
    { name: 'folder', type: 'directory', mode: 0o750, uid: 7, gid: 8, mtime },
    { name: 'folder/text', content: 'Grüße', mode: 0o600, mtime },
    { name: 'folder/bytes', content: Buffer.from([0, 255, 10]), mode: 0o755, mtime },
    { name: 'folder/none', content: '', mtime },
    { name: 'folder/streamed', size: 6, content: stream('ab', 'cdef'), mtime },
    { name: 'link', type: 'symlink', linkname: 'folder/text', mtime },
    { name: 'hard', type: 'link', linkname: 'folder/text', mtime },
    { name: `${'long/'.repeat(60)}name-ü`, content: 'x', mtime },
    {
      name: 'big',
      size: 3_000_000,
      content: stream(Buffer.alloc(1_000_000, 'a'), Buffer.alloc(2_000_000, 'b')),
      mtime,
    },
  ]
  const found = await unpacked(packArchive(entries))
  expect(found.map(({ content, ...entry }) => ({ ...entry, content: content.length }))).toEqual([
    { name: 'folder', type: 'directory', mode: 0o750, uid: 7, gid: 8, size: 0, mtime, content: 0 },
    { name: 'folder/text', type: 'file', mode: 0o600, uid: 0, gid: 0, size: 7, mtime, content: 7 },
    { name: 'folder/bytes', type: 'file', mode: 0o755, uid: 0, gid: 0, size: 3, mtime, content: 3 },
    { name: 'folder/none', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtime, content: 0 },
    { name: 'folder/streamed', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 6, mtime, content: 6 },
    {
      name: 'link',
      type: 'symlink',
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: 0,
      mtime,
      linkname: 'folder/text',
      content: 0,
    },
    {
      name: 'hard',
      type: 'link',
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: 0,
      mtime,
      linkname: 'folder/text',
      content: 0,
    },
    {
      name: `${'long/'.repeat(60)}name-ü`,
      type: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: 1,
      mtime,
      content: 1,
    },
    { name: 'big', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 3_000_000, mtime, content: 3_000_000 },
  ])
  const contents = found.map(({ content }) => content)
  expect(contents[1]?.toString()).toBe('Grüße')
  expect(contents[2]).toEqual(Buffer.from([0, 255, 10]))
  expect(contents[4]?.toString()).toBe('abcdef')
  expect(
    contents[8]?.equals(Buffer.concat([Buffer.alloc(1_000_000, 'a'), Buffer.alloc(2_000_000, 'b')])),
  ).toBe(true)
})

test('ids and times that the header has no room for come out again', async () => {
  const entries = [262_143, 262_144, 1_000_000, 4_294_967_294].flatMap(id =>
    [mtime, new Date(-1000), new Date(2 ** 31 * 1000)].map(mtime => ({
      name: `${id}`,
      uid: id,
      gid: id,
      mtime,
    })),
  )
  const found = await unpacked(packArchive(entries))
  expect(found.map(({ name, uid, gid, mtime }) => ({ name, uid, gid, mtime }))).toEqual(entries)
})

test.each<[string, object, string]>([
  ['without a name', {}, 'needs a name'],
  ['with an empty name', { name: '' }, 'needs a name'],
  ['with a time that is a number', { name: 'a', mtime: 1_700_000_000 }, 'mtime must be a Date'],
  ['with no time at all', { name: 'a', mtime: new Date(Number.NaN) }, 'mtime must be a Date'],
  ['with a negative id', { name: 'a', uid: -1 }, 'uid must be'],
  ['with a mode that is text', { name: 'a', mode: '644' }, 'mode must be'],
])('an entry %s is refused', async (_, entry, message) => {
  expect(await rejection(packBytes([entry as NewArchiveEntry]))).toMatchObject({
    code: 'usage',
    message: expect.stringContaining(message),
  })
})

test('no entries make an archive of none', async () => {
  const bytes = await packBytes([])
  expect(bytes.equals(Buffer.alloc(1024))).toBe(true)
  expect(await unpacked(stream(bytes))).toEqual([])
})

test('entries may come one by one', async () => {
  async function* entries(): AsyncGenerator<NewArchiveEntry> {
    yield { name: 'a', content: '1' }
    await setImmediate()
    yield { name: 'b', content: stream('2'), size: 1 }
  }
  expect(
    (await unpacked(packArchive(entries()))).map(({ name, content }) => [name, content.toString()]),
  ).toEqual([
    ['a', '1'],
    ['b', '2'],
  ])
})

describe('what is packed comes in chunks of a good size', () => {
  test('small pieces are joined', async () => {
    const small = Array.from({ length: 1000 }, (_, index) => ({ name: `${index}`, content: 'x'.repeat(600) }))
    const streamed = {
      name: 'streamed',
      size: 400_000,
      content: stream(...Array(4000).fill('y'.repeat(100))),
    }
    const { items } = await collect(packArchive([...small, streamed]))
    const lengths = items.map(({ length }) => length)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(128 * 1024)
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThan(120 * 1024)
  })

  test('a big piece is passed on as it is', async () => {
    const big = Buffer.alloc(300_000, 'b')
    async function* content() {
      yield big
    }
    const entries = [
      { name: 'whole', content: big },
      { name: 'streamed', size: big.length, content: content() },
    ]
    const { items } = await collect(packArchive(entries))
    expect(items.filter(({ buffer }) => buffer === big.buffer).length).toBe(2)
  })

  test(`and the cuts make no difference (${tries / 10} rounds)`, async () => {
    const below = random(20261125)
    for (let round = 0; round < tries / 10; round++) {
      const whole = Array.from({ length: 1 + below(4) }, (_, index) => ({
        name: `${index}`,
        content: Buffer.alloc(below(500_000), `${index}${round}`),
        mtime,
      }))
      const streamed = whole.map(({ content, ...entry }) => ({
        ...entry,
        size: content.length,
        content: stream(...cut(content, below, [100, 20_000, 300_000][below(3)] ?? 1)),
      }))
      expect((await packBytes(streamed)).equals(await packBytes(whole)), `round ${round}`).toBe(true)
    }
  })
})

test.each([
  [100, 'unix'],
  [20_000, 'unix'],
  [300_000, 'unix'],
  [300_000, 'tcp'],
] as const)(
  'on its way to the Engine, the memory of a piece is free for the next one: of %i bytes at most, over %s',
  async (longest, kind) => {
    const below = random(longest)
    const letters = Buffer.alloc(Math.min(6_000_000, longest * 2000), 'abcdefghijklm')
    const pieces = cut(letters, below, longest)
    async function* content() {
      const memory = Buffer.alloc(longest)
      for (const piece of pieces) {
        memory.set(piece)
        yield memory.subarray(0, piece.length)
        memory.fill('-')
      }
    }
    const { server, engine } = await scripted([{ on: 'PUT', steps: [text(200, '')] }], kind)
    const entry = { name: 'a', size: letters.length, content: content() }
    await engine.containers.putArchive('c', '/', packArchive([entry]))
    const sent = unchunked(server.requests.at(-1)?.body ?? '')
    expect((await unpacked(stream(sent)))[0]?.content.equals(letters)).toBe(true)
  },
)

/** A body without its HTTP chunks. */
function unchunked(body: string): Buffer {
  const bytes = Buffer.from(body, 'latin1')
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const start = bytes.indexOf('\r\n', at) + 2
    const size = Number.parseInt(bytes.toString('latin1', at, start), 16)
    chunks.push(bytes.subarray(start, start + size))
    at = start + size + 2
  }
  return Buffer.concat(chunks)
}

test('packs no faster than it is read', async () => {
  let produced = 0
  async function* content() {
    for (; produced < 1000; produced++) yield Buffer.alloc(64 * 1024)
  }
  const archive = packArchive([{ name: 'a', size: 1000 * 64 * 1024, content: content() }])
  for (let index = 0; index < 5; index++) await archive.next()
  for (let turn = 0; turn < 50; turn++) await setImmediate()
  expect(produced).toBeLessThan(20)
  await archive.return()
})

describe('an archive from the Engine', () => {
  /** Random files, and an Engine that sends them. */
  async function filesOnEngine(below: (bound: number) => number) {
    const files = Array.from({ length: 60 }, (_, index) => {
      const size = below(4) === 0 ? below(400_000) : below(3000)
      return { name: `file-${index}`, content: Buffer.from(Array.from({ length: size }, () => below(256))) }
    })
    const bytes = await packBytes(files)
    const { engine } = await scripted([
      {
        on: 'GET',
        steps: [chunkedHead(200, pathStatHeader), ...cut(bytes, below, 100_000).map(chunk), chunk('')],
      },
    ])
    return { files, archive: (await engine.containers.getArchive('c', '/')).archive }
  }

  test.each([1, 2])('has pieces that stay, seed %i', async seed => {
    const { files, archive } = await filesOnEngine(random(seed))
    const seen = (await unpacked(archive)).map(({ name, content }) => ({ name, content }))
    expect(seen.every(({ content }, index) => files[index]?.content.equals(content))).toBe(true)
    expect(seen.map(({ name }) => name)).toEqual(files.map(({ name }) => name))
  })
})

test('takes an archive no faster than its entries are read', async () => {
  let taken = 0
  async function* bytes() {
    const content = stream(...Array(1000).fill(Buffer.alloc(64 * 1024)))
    for await (const chunk of packArchive([{ name: 'a', size: 1000 * 64 * 1024, content }])) {
      taken++
      yield chunk
    }
  }
  const entries = unpackArchive(bytes())
  const content = (await entries.next()).value?.content[Symbol.asyncIterator]()
  for (let index = 0; index < 5; index++) await content?.next()
  for (let turn = 0; turn < 50; turn++) await setImmediate()
  expect(taken).toBeGreaterThan(4)
  expect(taken).toBeLessThan(20)
  await entries.return()
})

describe('packing fails', () => {
  const failure = new Error('disk')
  async function* failing() {
    yield Buffer.from('abc')
    throw failure
  }

  test('with the error of a content', async () => {
    expect((await collect(packArchive([{ name: 'a', size: 9, content: failing() }]))).error).toBe(failure)
  })

  test('with the error of the entries', async () => {
    async function* entries(): AsyncGenerator<NewArchiveEntry> {
      yield { name: 'a', content: 'x' }
      throw failure
    }
    expect((await collect(packArchive(entries()))).error).toBe(failure)
  })

  test.each([2, 4, undefined])('when the content is not of the declared size: %s', async size => {
    const entry = { name: 'a', content: stream('abc'), ...(size !== undefined && { size }) }
    expect((await collect(packArchive([entry]))).error).toHaveProperty('message', 'Size mismatch')
  })
})

describe('packing a folder with a content fails', () => {
  test.each([
    ['bytes', () => Buffer.from('abc')],
    ['pieces', () => stream('a', 'b', 'c')],
    ['big pieces', () => stream(Buffer.alloc(200_000), Buffer.alloc(200_000))],
  ])('of %s', async (_, content) => {
    const left = watched(stream('x'))
    const entries = [
      { name: 'a', type: 'directory' as const, content: content() },
      { name: 'b', size: 1, content: left.content },
    ]
    expect((await collect(packArchive(entries))).error).toHaveProperty(
      'message',
      'No body allowed for this entry',
    )
  })
})

describe('leaving early', () => {
  test('a pack ends the content that is being read', async () => {
    const { content, left } = watched(endless())
    for await (const _ of packArchive([{ name: 'a', size: 1e12, content }])) break
    expect(await left).toBe('left')
  })

  test('a pack ends the entries', async () => {
    const left = Promise.withResolvers<string>()
    async function* entries(): AsyncGenerator<NewArchiveEntry> {
      try {
        for (;;) yield { name: 'a', content: Buffer.alloc(100_000) }
      } finally {
        left.resolve('left')
      }
    }
    for await (const _ of packArchive(entries())) break
    expect(await left.promise).toBe('left')
  })

  test('the entries of an archive ends its bytes', async () => {
    const { content, left } = watched(packArchive([{ name: 'a', size: 1e12, content: endless() }]))
    for await (const entry of unpackArchive(content)) {
      expect(entry.name).toBe('a')
      break
    }
    expect(await left).toBe('left')
  })

  test('the entries of an archive from the Engine closes the connection', async () => {
    const bytes = await packBytes([
      { name: 'a', content: 'x' },
      { name: 'b', content: 'y' },
    ])
    const { server, engine } = await scripted([
      {
        on: 'GET',
        steps: [chunkedHead(200, pathStatHeader), chunk(bytes.subarray(0, 1024)), hold],
      },
    ])
    const { archive } = await engine.containers.getArchive('c', '/')
    for await (const entry of unpackArchive(archive)) {
      expect((await bytesOf(entry.content)).toString()).toBe('x')
      break
    }
    await server.vacant()
  })

  test.each([0, 1, 2])('a content after %i chunks: the next entry follows', async chunks => {
    const content = () => stream(...Array.from({ length: 40 }, (_, index) => Buffer.alloc(16 * 1024, index)))
    const size = 40 * 16 * 1024
    const names: string[] = []
    const entries = ['a', 'b', 'c'].map(name => ({ name, size, content: content() }))
    for await (const entry of unpackArchive(packArchive([...entries, { name: 'd', content: 'end' }]))) {
      names.push(entry.name)
      let left = chunks
      for await (const _ of entry.content) if (left-- <= 0) break
    }
    expect(names).toEqual(['a', 'b', 'c', 'd'])
  })

  test('a content that was not begun: the next entry follows', async () => {
    const names: string[] = []
    const entries = ['a', 'b', 'c'].map(name => ({ name, content: Buffer.alloc(1_000_000) }))
    for await (const { name } of unpackArchive(packArchive(entries))) names.push(name)
    expect(names).toEqual(['a', 'b', 'c'])
  })
})

test('a folder with a size has no content', async () => {
  const bytes = await packBytes([
    { name: 'a', type: 'directory' },
    { name: 'b', content: 'x' },
  ])
  bytes.write('00000010000', 124, 'latin1')
  mendChecksum(bytes.subarray(0, 512))
  expect(await unpacked(stream(bytes))).toMatchObject([
    { name: 'a', type: 'directory', size: 4096, content: Buffer.alloc(0) },
    { name: 'b', content: Buffer.from('x') },
  ])
})

test('a file whose size is no number is refused', async () => {
  const bytes = await packBytes([{ name: 'a', content: 'x' }])
  bytes[124] = 0x81
  mendChecksum(bytes.subarray(0, 512))
  expect(await rejection(unpacked(stream(bytes)))).toMatchObject({ code: 'bad-answer' })
})

describe('an archive that is broken', () => {
  test('by its source: that error comes out', async () => {
    const failure = new Error('lost')
    const bytes = await packBytes([{ name: 'a', content: Buffer.alloc(5000) }])
    async function* broken(at: number) {
      yield bytes.subarray(0, at)
      throw failure
    }
    for (const at of [0, 100, 512, 2000])
      expect(await rejection(unpacked(broken(at))), `at ${at}`).toBe(failure)
  })

  test.each(['gone', undefined])('by its source, for a reason that is no Error: %s', async reason => {
    const bytes = await packBytes([{ name: 'a', content: 'x' }])
    async function* broken() {
      yield bytes.subarray(0, 1024)
      throw reason
    }
    const outcome = await rejection(unpacked(broken()))
    expect(outcome instanceof Error ? outcome.cause : outcome).toBe(reason)
  })

  test('in a header: its bytes are left', async () => {
    async function* bad() {
      yield await packBytes([{ name: 'a', content: 'x' }])
      yield Buffer.alloc(512, 'no header')
      yield* endless()
    }
    const { content, left } = watched(bad())
    expect(await rejection(unpacked(content))).toBeInstanceOf(Error)
    expect(await left).toBe('left')
  })

  test('by something else than bytes', async () => {
    async function* strings() {
      yield 'text' as unknown as Uint8Array
    }
    expect(await rejection(unpacked(strings()))).toBeInstanceOf(TypeError)
  })

  test('by an early end', async () => {
    const bytes = await packBytes([{ name: 'a', content: Buffer.alloc(5000) }])
    for (const at of [1, 511, 513, 2000, 5511])
      expect(await rejection(unpacked(stream(bytes.subarray(0, at)))), `at ${at}`).toBeInstanceOf(Error)
  })

  test('by an early end, met while a content is read', async () => {
    const bytes = await packBytes([{ name: 'a', content: Buffer.alloc(5000) }])
    for await (const entry of unpackArchive(stream(bytes.subarray(0, 2000)))) {
      expect((await collect(entry.content)).error).toMatchObject({ message: 'the archive ends within "a"' })
      break
    }
  })
})

test('the cuts of an archive make no difference', async () => {
  const bytes = await packBytes([
    { name: 'folder', type: 'directory', mtime },
    { name: `${'l/'.repeat(90)}ong`, content: 'x', mtime },
    { name: 'ä'.repeat(80), content: Buffer.alloc(40_000, 'y'), mtime },
    { name: 'end', content: Buffer.alloc(512, 'z'), mtime },
  ])
  const whole = await unpacked(stream(bytes))
  expect(whole.length).toBe(4)
  for (const size of [1, 7, 511, 512, 513, 1024, 16_383, 16_384, 16_385, 40_000]) {
    const pieces: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += size) pieces.push(new Uint8Array(bytes.subarray(at, at + size)))
    expect(await unpacked(stream(...pieces)), `${size} bytes at a time`).toEqual(whole)
  }
})

test(`any bytes give entries or an Error, and no more of them than there were (${tries} rounds)`, async () => {
  const below = random(20261123)
  const good = await packBytes([
    { name: 'folder', type: 'directory' },
    { name: `${'l/'.repeat(90)}ong`, content: 'x' },
    { name: 'ä'.repeat(80), content: Buffer.alloc(700, 'y') },
    { name: 'link', type: 'symlink', linkname: 'z'.repeat(150) },
  ])
  const outcomes = new Set<string>()
  for (let round = 0; round < tries; round++) {
    const bytes = mutated(good, below)
    const outcome = await unpacked(stream(...cut(bytes, below, 1 + below(3000)))).catch(
      (error: unknown) => error,
    )
    if (outcome instanceof Error) outcomes.add('Error')
    else if (Array.isArray(outcome)) {
      outcomes.add('entries')
      const size = outcome.reduce((sum, { content }) => sum + content.length, 0)
      expect(size, `round ${round}`).toBeLessThanOrEqual(bytes.length)
    } else outcomes.add(`round ${round}: ${outcome}`)
  }
  expect([...outcomes].sort()).toEqual(['Error', 'entries'])
}, 600_000)

/** The archive with some bytes changed; checksums are mended mostly, so that what is changed is looked at. */
function mutated(good: Buffer, below: (bound: number) => number): Buffer {
  const bytes = Buffer.from(below(8) === 0 ? Array.from({ length: below(3000) }, () => below(256)) : good)
  for (let count = below(6); count > 0 && bytes.length > 512; count--) {
    const block = below(Math.floor(bytes.length / 512)) * 512
    const [from = 0, length = 1] =
      [
        [124, 12],
        [156, 1],
        [0, 100],
        [100, 24],
        [257, 8],
        [0, 512],
      ][below(6)] ?? []
    const at = block + from + below(length)
    bytes[at] = [0, 0x80, 0xff, 0x31, 0x4b, 0x4c, 0x67, 0x78, below(256)][below(9)] ?? 0
    if (below(5) > 0) mendChecksum(bytes.subarray(block, block + 512))
  }
  return below(3) === 0 ? bytes.subarray(0, below(bytes.length + 1)) : bytes
}

function mendChecksum(header: Buffer): void {
  header.write('        ', 148, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}
