import { fromText, toText } from './text.ts'

/** An entry of a tar archive. */
export interface ArchiveEntry {
  /** Its path in the archive. */
  name: string
  /** Default: a file. */
  type?: 'directory' | 'symlink' | 'link'
  /** In octal, as `644`. */
  mode: string
  /** Default 0, as for `gid`. */
  uid?: number
  /** Default 0. */
  gid?: number
  /** In ISO 8601. */
  mtime: string
  /** What a link points at. */
  link?: string
  /** A file's content: `text` where it is UTF-8, else `base64`. */
  text?: string
  /** A content that is not UTF-8. */
  base64?: string
}

const block = 512
const types = { '0': undefined, '\0': undefined, '5': 'directory', '2': 'symlink', '1': 'link' } as const
/** What a pax header says that is not needed to have the same files. */
const setAside = /^(size|mtime|atime|ctime|uid|gid|uname|gname)$/

/** The entries of a tar archive; undefined for bytes that are none, or say more than entries can. */
export function readArchive(bytes: Buffer): ArchiveEntry[] | undefined {
  if (bytes.length < 2 * block || bytes.toString('latin1', 257, 262) !== 'ustar') return undefined
  const entries: ArchiveEntry[] = []
  let longer: { path?: string; linkpath?: string } = {}
  let at = 0
  while (at + block <= bytes.length && bytes[at] !== 0) {
    const header = bytes.subarray(at, at + block)
    const size = octal(header, 124, 12)
    if (size === undefined || octal(header, 148, 8) !== checksum(header)) return undefined
    const content = bytes.subarray(at + block, at + block + size)
    if (content.length < size) return undefined
    at += block + Math.ceil(size / block) * block
    const kind = header.toString('latin1', 156, 157)
    if (kind === 'x') {
      const said = paxFields(content)
      if (said === undefined) return undefined
      longer = { ...longer, ...said }
    } else if (kind === 'L') longer.path = untilNul(content)
    else if (kind === 'K') longer.linkpath = untilNul(content)
    else {
      const entry = entryOf(header, kind, content, longer)
      if (entry === undefined) return undefined
      entries.push(entry)
      longer = {}
    }
  }
  return at > bytes.length ? undefined : entries
}

function entryOf(
  header: Buffer,
  kind: string,
  content: Buffer,
  longer: { path?: string; linkpath?: string },
): ArchiveEntry | undefined {
  if (!isKind(kind)) return undefined
  const type = types[kind]
  const [mode, uid, gid, mtime] = [
    octal(header, 100, 8),
    octal(header, 108, 8),
    octal(header, 116, 8),
    octal(header, 136, 12),
  ]
  if (mode === undefined || uid === undefined || gid === undefined || mtime === undefined) return undefined
  const prefix = untilNul(header.subarray(345, 500))
  const name = longer.path ?? `${prefix === '' ? '' : `${prefix}/`}${untilNul(header.subarray(0, 100))}`
  const link = longer.linkpath ?? untilNul(header.subarray(157, 257))
  return {
    name,
    ...(type !== undefined && { type }),
    mode: mode.toString(8),
    ...(uid !== 0 && { uid }),
    ...(gid !== 0 && { gid }),
    mtime: new Date(mtime * 1_000).toISOString().replace('.000', ''),
    ...(link !== '' && { link }),
    ...(type === undefined && toText(content)),
  }
}

function isKind(kind: string): kind is keyof typeof types {
  return kind in types
}

function octal(header: Buffer, at: number, length: number): number | undefined {
  const digits = header
    .toString('latin1', at, at + length)
    .replace(/[\0 ]+$/, '')
    .trim()
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : undefined
}

function checksum(header: Buffer): number {
  // The sum's own field counts as spaces.
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0)
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end)
}

/** Records of a pax header, `LENGTH KEY=VALUE\n`. */
function paxFields(bytes: Buffer): { path?: string; linkpath?: string } | undefined {
  const fields: Record<string, string> = {}
  for (let at = 0; at < bytes.length; ) {
    const [, length = '', key = ''] = /^(\d+) ([^=]+)=/.exec(bytes.toString('utf8', at, at + 256)) ?? []
    if (length === '') return undefined
    const record = bytes.subarray(at, at + Number(length)).toString('utf8')
    if (key === 'path' || key === 'linkpath') fields[key] = record.slice(record.indexOf('=') + 1, -1)
    else if (!setAside.test(key)) return undefined
    at += Number(length)
  }
  return fields
}

/** A tar archive of these entries. */
export function writeArchive(entries: readonly ArchiveEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(packed), Buffer.alloc(2 * block)])
}

function packed(entry: ArchiveEntry): Buffer[] {
  const { name, type, link = '' } = entry
  const content = type === undefined ? contentOf(entry) : Buffer.alloc(0)
  const kind = type === undefined ? '0' : type === 'directory' ? '5' : type === 'symlink' ? '2' : '1'
  const long = [
    ...(fits(name) ? [] : [['path', name] as const]),
    ...(fits(link) ? [] : [['linkpath', link] as const]),
  ]
  const records = Buffer.concat(long.map(([key, value]) => paxRecord(key, value)))
  const pax = { name: 'pax', mode: '644', mtime: entry.mtime }
  return [
    ...(records.length === 0 ? [] : [headerOf(pax, 'x', records.length), padded(records)]),
    headerOf(entry, kind, content.length),
    padded(content),
  ]
}

function contentOf({ text = '', base64 }: ArchiveEntry): Buffer {
  return fromText(base64 === undefined ? { text } : { base64 })
}

const fits = (name: string) => Buffer.byteLength(name) <= 100

function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  // The length counts its own digits.
  while (`${length}`.length + Buffer.byteLength(rest) !== length)
    length = `${length}`.length + Buffer.byteLength(rest)
  return Buffer.from(`${length}${rest}`)
}

function headerOf(entry: ArchiveEntry, kind: string, size: number): Buffer {
  const header = Buffer.alloc(block)
  const number = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
  header.write(entry.name, 0, 100, 'utf8')
  number(Number.parseInt(entry.mode, 8), 100, 8)
  number(entry.uid ?? 0, 108, 8)
  number(entry.gid ?? 0, 116, 8)
  number(size, 124, 12)
  number(Math.max(0, Math.floor(Date.parse(entry.mtime) / 1_000)), 136, 12)
  header.write(kind, 156, 'latin1')
  header.write(entry.link ?? '', 157, 100, 'utf8')
  header.write('ustar\x0000', 257, 'latin1')
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((block - (bytes.length % block)) % block)])
}
