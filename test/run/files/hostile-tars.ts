/** The header fields of an entry, written as they are: nothing is checked. */
export interface RawEntry {
  name: string | Uint8Array
  /** The type flag. Default `0`, a file. */
  type?: string
  /** Default 0o644. */
  mode?: number
  linkname?: string
  content?: string | Uint8Array
  /** The size as the header has it. Default: the content's. */
  size?: number | string
  prefix?: string
  /** Default: right. */
  checksum?: number
  mtime?: string
}

/** An archive that means harm, and what must come of it. */
export interface HostileTar {
  name: string
  bytes: Uint8Array
  /** What is in the target afterwards, links with their target. Undefined where the copy must fail. */
  tree?: string[]
  /** What is said of each entry that was left out or changed. */
  omitted?: RegExp[]
  /** What the failure says. */
  failure?: RegExp
}

const block = 512

function field(header: Buffer, text: string | Uint8Array, at: number, length: number): void {
  header.set(Buffer.from(text).subarray(0, length), at)
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`
}

export function raw(entry: RawEntry): Buffer {
  const { name, type = '0', mode = 0o644, linkname = '', prefix = '', mtime } = entry
  const content = Buffer.from(entry.content ?? '')
  const { size = content.length } = entry
  const header = Buffer.alloc(block)
  field(header, name, 0, 100)
  field(header, octal(mode, 8), 100, 8)
  field(header, octal(0, 8), 108, 8)
  field(header, octal(0, 8), 116, 8)
  field(header, typeof size === 'number' ? octal(size, 12) : Buffer.from(size, 'latin1'), 124, 12)
  field(header, mtime ?? octal(1_700_000_000, 12), 136, 12)
  field(header, ' '.repeat(8), 148, 8)
  field(header, type, 156, 1)
  field(header, linkname, 157, 100)
  field(header, 'ustar\x0000', 257, 8)
  field(header, prefix, 345, 155)
  const sum = entry.checksum ?? header.reduce((total, byte) => total + byte, 0)
  field(header, `${octal(sum, 7)} `, 148, 8)
  return Buffer.concat([header, content, Buffer.alloc((block - (content.length % block)) % block)])
}

/** An extended header, for the entry that follows. */
export function pax(records: Record<string, string>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`
    let length = Buffer.byteLength(rest)
    while (Buffer.byteLength(`${length}${rest}`) !== length) length = Buffer.byteLength(`${length}${rest}`)
    return `${length}${rest}`
  })
  return raw({ name: 'PaxHeader', type: 'x', content: lines.join('') })
}

const end = Buffer.alloc(2 * block)
const root = raw({ name: './', type: '5', mode: 0o755 })
const good = raw({ name: './good', content: 'good' })

function tar(...entries: Buffer[]): Buffer {
  return Buffer.concat([root, ...entries, good, end])
}

/** A harmless neighbour is in each of them, and must be copied. */
const kept = ['good']

/** `outside` is the absolute path of a directory that nothing may touch. */
export function hostileTars(outside: string): HostileTar[] {
  const up = `${'../'.repeat(12)}${outside.slice(1)}`
  const link = (name: string, linkname: string) => raw({ name, type: '2', linkname })
  const hard = (name: string, linkname: string) => raw({ name, type: '1', linkname })
  const file = (name: string, content = 'evil') => raw({ name, content })
  const one = (name: string, bytes: Buffer, omitted: RegExp): HostileTar => ({
    name,
    bytes: tar(bytes),
    tree: kept,
    omitted: [omitted],
  })
  const fails = (name: string, bytes: Uint8Array, failure: RegExp): HostileTar => ({ name, bytes, failure })
  return [
    one('an absolute name', file(`${outside}/file`), /absolute path/),
    one('an absolute name of a directory', raw({ name: `${outside}/d/`, type: '5' }), /absolute path/),
    one('.. in a name', file(`./../../${'x'.repeat(10)}`), /"\.\."/),
    one('.. at the end of a name', raw({ name: './a/..', type: '5' }), /"\.\."/),
    one('a long way up', file(`${up}/file`), /"\.\."/),
    one('a prefix that leads up', raw({ name: 'file', prefix: '../..', content: 'evil' }), /"\.\."/),
    one(
      'an absolute name in a PAX record',
      Buffer.concat([pax({ path: `${outside}/pax` }), file('./x')]),
      /absolute path/,
    ),
    one(
      '.. in a GNU long name',
      Buffer.concat([
        raw({ name: '././@LongLink', type: 'L', content: `./../${'l'.repeat(200)}\0` }),
        file('./x'),
      ]),
      /"\.\."/,
    ),
    one('a NUL in a PAX name', Buffer.concat([pax({ path: './a\0b' }), file('./x')]), /character/),
    one('a link to an absolute path', link('./l', outside), /absolute path/),
    one('a link up', link('./l', '../outside'), /out of the copy/),
    one('a link through a name and up', link('./l', 'd/../../outside'), /out of the copy/),
    one('a link to nothing', link('./l', ''), /impossible name/),
    one('a link in place of the root', link('./', 'good'), /out of the copy/),
    one('a hard link to an absolute path', hard('./h', `${outside}/secret`), /absolute path/),
    one('a hard link up', hard('./h', `./${up}/secret`), /"\.\."/),
    one('a hard link to a directory', hard('./h', './'), /not a file of the copy/),
    one('a hard link to nothing', hard('./h', './nowhere'), /not a file of the copy/),
    {
      name: 'a link made first and written through',
      bytes: tar(link('./l', outside), file('./l/file')),
      tree: ['good', 'l/', 'l/file'],
      omitted: [/absolute path/],
    },
    {
      name: 'a good link, then written through',
      bytes: tar(raw({ name: './d', type: '5', mode: 0o755 }), link('./l', 'd'), file('./l/file')),
      tree: ['d/', 'good', 'l/', 'l/file'],
      omitted: [/another entry has this name/],
    },
    {
      name: 'a good link, replaced by a file of the same name',
      bytes: tar(file('./t', 'kept'), link('./l', 't'), file('./l', 'evil')),
      tree: ['good', 'l', 't'],
      omitted: [/another entry has this name/],
    },
    {
      name: 'a hard link to a link',
      bytes: tar(link('./l', 'good'), hard('./h', './l')),
      tree: ['good', 'l -> good'],
      omitted: [/not a file of the copy/],
    },
    {
      name: 'a hard link through a link',
      bytes: tar(link('./l', outside), hard('./h', './l/secret'), file('./h', 'evil')),
      tree: ['good', 'h'],
      omitted: [/absolute path/, /not a file of the copy/],
    },
    {
      name: 'two links that lead out together',
      bytes: tar(
        raw({ name: './a/b/', type: '5', mode: 0o755 }),
        link('./a/b/up', '../..'),
        link('./out', 'a/b/up/../outside'),
      ),
      tree: ['a/', 'a/b/', 'a/b/up -> ../..', 'good'],
      omitted: [/out of the copy/],
    },
    {
      name: 'a directory in place of a file, and below it',
      bytes: tar(file('./a', 'kept'), raw({ name: './a/', type: '5' }), file('./a/b')),
      tree: ['a', 'good'],
      omitted: [/another entry has this name/, /not a directory/],
    },
    {
      name: 'one name twice',
      bytes: tar(file('./a', 'first'), file('./a', 'second')),
      tree: ['a', 'good'],
      omitted: [/another entry has this name/],
    },
    one('a character device', raw({ name: './null', type: '3' }), /a device/),
    one('a block device', raw({ name: './sda', type: '4' }), /a device/),
    one('a FIFO', raw({ name: './fifo', type: '6' }), /a FIFO/),
    one(
      'a sparse file that lies about its size',
      raw({ name: './s', type: 'S', content: 'x'.repeat(600) }),
      /of a kind/,
    ),
    one(
      'an unknown kind with content',
      raw({ name: './u', type: 'Z', content: 'x'.repeat(600) }),
      /of a kind/,
    ),
    {
      name: 'setuid and setgid',
      bytes: tar(raw({ name: './su', mode: 0o6755, content: 'evil' })),
      tree: ['good', 'su'],
      omitted: [/without its setuid/],
    },
    {
      name: 'a directory without any permission',
      bytes: tar(raw({ name: './d', type: '5', mode: 0 }), file('./d/f')),
      tree: ['d/', 'd/f', 'good'],
      omitted: [],
    },
    {
      name: 'names that other programs might take for more than names',
      bytes: tar(file('./-rf'), file('./a\nb'), file('./\u202egpj.exe'), file('./e\u0301'), file('./\u00e9')),
      tree: ['-rf', 'a\nb', 'e\u0301', 'good', '\u00e9', '\u202egpj.exe'],
      omitted: [],
    },
    one(
      'a name that is too long',
      Buffer.concat([pax({ path: `./${'n'.repeat(300)}` }), file('./x')]),
      /too long/,
    ),
    one(
      'a path that is too long',
      Buffer.concat([pax({ path: `./${'d/'.repeat(3000)}f` }), file('./x')]),
      /too long/,
    ),
    one('a root that is left', Buffer.concat([file('.//')]), /another entry has this name|not a directory/),
    fails('nothing', end, /empty archive/),
    fails(
      'a device as the root',
      Buffer.concat([raw({ name: 'null', type: '3' }), end]),
      /neither a file nor a directory/,
    ),
    fails('a link as the root', Buffer.concat([link('l', '/etc'), end]), /neither a file nor a directory/),
    fails(
      'a root that is elsewhere',
      Buffer.concat([raw({ name: '/etc/', type: '5' }), end]),
      /absolute path/,
    ),
    fails('a root that is above', Buffer.concat([raw({ name: '../', type: '5' }), end]), /"\.\."/),
    fails('a wrong checksum', tar(raw({ name: './x', checksum: 1 })), /header/),
    fails('a size that is not a number', tar(raw({ name: './x', size: 'zzzzzzzzzzz\0' })), /./),
    fails('a negative size', tar(raw({ name: './x', size: `${'\xff'.repeat(11)}\xfe` })), /./),
    fails('a size beyond all limits', tar(raw({ name: './x', size: `\x80${'\xff'.repeat(11)}` })), /bytes/),
    fails('a size that is not there', tar(raw({ name: './x', size: 1_000_000 })), /ends within/),
    fails(
      'an extended header without end',
      tar(raw({ name: 'PaxHeader', type: 'x', size: 2 ** 32, content: 'x'.repeat(512) })),
      /size/i,
    ),
    fails(
      'a size in a PAX record that is not there',
      tar(pax({ size: '99999999' }), raw({ name: './x', content: 'x' })),
      /ends within/,
    ),
    fails('no tar at all', Buffer.from('<html>'.repeat(500)), /header/),
    fails('half a header', tar().subarray(0, 700), /end of data/),
  ]
}

/** The beginning of an archive of that many empty files, without end. */
export function* endlessTar(): Generator<Uint8Array, void, undefined> {
  yield root
  for (let n = 0; ; n += 128)
    yield Buffer.concat(Array.from({ length: 128 }, (_, index) => raw({ name: `./${n + index}` })))
}

/** An archive of that many FIFOs, a multiple of a hundred, which are left out. */
export function* manyEntries(count: number): Generator<Uint8Array, void, undefined> {
  yield root
  const hundred = Buffer.concat(
    Array.from({ length: 100 }, (_, index) => raw({ name: `./${index}`, type: '6' })),
  )
  for (let n = 0; n < count; n += 100) yield hundred
  yield end
}

/** The same of symbolic links with long targets. */
export function* endlessLinks(): Generator<Uint8Array, void, undefined> {
  yield root
  for (let n = 0; ; n++)
    yield Buffer.concat([
      pax({ linkpath: `${n}/${'l'.repeat(64 * 1024)}` }),
      raw({ name: `./${n}`, type: '2' }),
    ])
}
