import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ArchiveEntry, readArchive, writeArchive } from '../../../src/replay/bytes/archive.ts'

const mtime = '2026-11-23T15:24:01Z'
const entries: ArchiveEntry[] = [
  { name: 'dir/', type: 'directory', mode: '755', mtime },
  { name: 'dir/a.txt', mode: '644', uid: 1000, gid: 100, mtime, text: 'é\n' },
  { name: 'dir/empty', mode: '600', mtime, text: '' },
  { name: 'bytes', mode: '755', mtime, base64: Buffer.from([0xff, 0, 1]).toString('base64') },
  { name: 'link', type: 'symlink', mode: '777', mtime, link: 'dir/a.txt' },
  { name: 'same', type: 'link', mode: '644', mtime, link: 'bytes' },
  { name: `${'long/'.repeat(40)}é`, mode: '644', mtime, text: 'x'.repeat(513) },
  { name: 'far', type: 'symlink', mode: '777', mtime, link: 'y'.repeat(101) },
]

test('entries come back as they were written', () => {
  expect(readArchive(writeArchive(entries))).toEqual(entries)
})

test('tar reads what is written, and what tar writes is read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const tar = (args: string[], input?: Buffer) => {
    const { status, stdout, stderr } = spawnSync('tar', args, { cwd: folder, ...(input && { input }) })
    expect(stderr.toString()).toBe('')
    expect(status).toBe(0)
    return stdout
  }
  tar(['--extract', '--no-same-owner'], writeArchive(entries))
  expect(readFileSync(join(folder, 'dir/a.txt'), 'utf8')).toBe('é\n')
  expect(readFileSync(join(folder, 'far'.replace('far', 'bytes')))).toEqual(Buffer.from([0xff, 0, 1]))
  for (const format of ['ustar', 'gnu', 'pax']) {
    const names =
      format === 'ustar' ? ['dir/a.txt', 'bytes', 'link'] : ['dir/a.txt', 'bytes', 'link', 'far', 'long']
    const read = readArchive(tar(['--create', `--format=${format}`, '--owner=0', '--group=0', ...names]))
    const expected = entries.filter(
      ({ name, type }) => type !== 'directory' && names.some(one => name.startsWith(one)),
    )
    for (const { name, text, base64, link } of expected) {
      if (name === 'dir/empty') continue
      const found = read?.find(one => one.name === name)
      expect({ text: found?.text, base64: found?.base64, link: found?.link }, `${format} ${name}`).toEqual({
        text,
        base64,
        link,
      })
    }
  }
})

describe('are not entries of an archive:', () => {
  const good = writeArchive(entries)
  const changed = (at: number, byte: number) => {
    const bytes = Buffer.from(good)
    bytes[at] = byte
    return bytes
  }
  test.each<[what: string, bytes: Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.alloc(2048, 'text')],
    ['an archive that is cut', good.subarray(0, 1_100)],
    ['a wrong checksum', changed(0, 120)],
    ['a device', changed(156, 51)],
  ])('%s', (_, bytes) => expect(readArchive(bytes)).toBeUndefined())
})
