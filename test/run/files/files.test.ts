import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { NewArchiveEntry } from '../../../src/engine/streams/archive-entry.ts'
import { packArchive } from '../../../src/engine/streams/pack.ts'
import { unpackArchive } from '../../../src/engine/streams/unpack.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import type { CopyReport } from '../../../src/run/files/copies.ts'
import { type FileOptions, Files } from '../../../src/run/files/files.ts'
import { rejection } from '../../support/errors.ts'
import type { FakePath } from '../../support/fake-archive.ts'
import { ArchiveServer } from './archive-server.ts'
import { Sandbox } from './sandbox.ts'

const directory = (name: string) => ({ name, type: 'directory', mode: 0o755 }) as const
const tar = (...entries: NewArchiveEntry[]) => ({ archive: () => packArchive(entries) })

const container: Record<string, FakePath> = {
  '/': { kind: 'directory' },
  '/out': { kind: 'directory', ...tar(directory('./'), { name: './a', content: 'a' }) },
  '/file': { kind: 'file', ...tar({ name: 'file', content: 'content' }) },
  '/link': { kind: 'link', linkTarget: '/file' },
  '/dirlink': { kind: 'link', linkTarget: '/out' },
  '/nowhere': { kind: 'link', linkTarget: '/gone' },
  '/null': { kind: 'device' },
  '/fifo': { kind: 'fifo' },
  '/socket': { kind: 'socket' },
}

/** One run's copies, against a container with those paths. */
async function copied(options: FileOptions, paths = container, signal = new AbortController().signal) {
  await using server = await ArchiveServer.start(paths)
  const events: RunEvent[] = []
  const copying = {
    engine: server.engine,
    container: 'c',
    emit: (event: RunEvent) => events.push(event),
    retry: <T>(work: () => Promise<T>) => work(),
  }
  await using files = await Files.open(options)
  const { copyIn = [], copyOut = [] } = options
  if (copyIn.length > 0) await files.copyIn({ ...copying, signal })
  const failures = copyOut.length > 0 ? await files.copyOut(copying) : []
  return {
    events,
    failures: failures.map(({ kind, message }) => ({ kind, message })),
    put: server.put,
  }
}

function reports(events: readonly RunEvent[]): CopyReport[] {
  return events.flatMap(event => (event.type === 'copied' ? [event.report] : []))
}

async function namesIn(bytes: Buffer | undefined): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of unpackArchive(parts(bytes))) names.push(name.replace(/\/$/, ''))
  return names
}

async function* parts(bytes: Uint8Array = new Uint8Array()): AsyncGenerator<Uint8Array> {
  yield bytes
}

describe('out of a container, as docker cp', () => {
  test.each([
    // from, to, what is there before, what is there afterwards
    ['/out', 'new', [], ['new/', 'new/a']],
    ['/out', 'new/', [], ['new/', 'new/a']],
    ['/out/', 'new', [], ['new/', 'new/a']],
    ['/out/.', 'new', [], ['new/', 'new/a']],
    ['/out', 'dir', ['dir/'], ['dir/', 'dir/out/', 'dir/out/a']],
    ['/out/', 'dir/', ['dir/'], ['dir/', 'dir/out/', 'dir/out/a']],
    ['/out/.', 'dir', ['dir/'], ['dir/', 'dir/a']],
    ['/out/.', '.', [], ['a']],
    ['/out', '.', [], ['out/', 'out/a']],
    ['/out', 'dir', ['dir/', 'dir/out/', 'dir/out/b'], ['dir/', 'dir/out/', 'dir/out/a', 'dir/out/b']],
    ['/dirlink', 'new', [], ['new/', 'new/a']],
    ['/dirlink', 'dir', ['dir/'], ['dir/', 'dir/dirlink/', 'dir/dirlink/a']],
    ['/dirlink/.', 'dir', ['dir/'], ['dir/', 'dir/a']],
    ['/file', 'new', [], ['new']],
    ['/file', 'dir', ['dir/'], ['dir/', 'dir/file']],
    ['/file', 'dir/.', ['dir/'], ['dir/', 'dir/file']],
    ['/file', '.', ['file'], ['file']],
    ['/link', 'new', [], ['new']],
    ['/x/../file', '.', [], ['file']],
  ])('%s to %s, with %j', async (from, to, before, after) => {
    using sandbox = new Sandbox()
    make(sandbox, before)
    const { failures } = await copied({ copyOut: [{ from, to: `${sandbox.target}/${to}` }] })
    expect(failures).toEqual([])
    expect(sandbox.tree('target')).toEqual(after)
  })

  test.each([
    ['/missing', 'new', [], 'it does not exist in the container'],
    ['/nowhere', 'new', [], 'it does not exist in the container'],
    ['/null', 'new', [], 'it is a device'],
    ['/fifo', 'new', [], 'it is a FIFO'],
    ['/socket', 'new', [], 'it is a socket'],
    ['/file/', 'new', [], 'it is not a directory'],
    ['/file', 'new/', [], 'is not a directory'],
    ['/out', 'dir', ['dir/', 'dir/out'], 'exists and is not a directory'],
    ['/file', 'dir', ['dir/', 'dir/file/'], 'is a directory'],
  ])('%s to %s, with %j, fails: %s', async (from, to, before, words) => {
    using sandbox = new Sandbox()
    make(sandbox, before)
    const tree = sandbox.tree('target')
    const { failures } = await copied({ copyOut: [{ from, to: `${sandbox.target}/${to}` }] })
    expect(failures).toEqual([{ kind: 'copy-failed', message: expect.stringContaining(words) }])
    expect(failures[0]?.message).toContain(from)
    expect(sandbox.tree('target')).toEqual(tree)
  })

  test.each([
    ['file', 'exists and is not a directory'],
    ['file/new', 'exists and is not a directory'],
    ['missing/new', 'does not exist'],
    ['dangling', 'exists and is not a directory'],
    ['new/.', 'does not exist'],
  ])('to %s is refused before anything is asked', async (to, words) => {
    using sandbox = new Sandbox()
    make(sandbox, ['file'])
    symlinkSync('gone', join(sandbox.target, 'dangling'))
    const opening = Files.open({ copyOut: [{ from: '/file', to: `${sandbox.target}/${to}` }] })
    expect(await rejection(opening)).toMatchObject({ kind: 'usage', message: expect.stringContaining(words) })
  })

  test('one that fails does not keep the others from being copied', async () => {
    using sandbox = new Sandbox()
    const to = `${sandbox.target}/`
    const { failures, events } = await copied({
      copyOut: [
        { from: '/missing', to },
        { from: '/file', to },
      ],
    })
    expect(failures).toHaveLength(1)
    expect(sandbox.tree('target')).toEqual(['file'])
    expect(reports(events)).toMatchObject([{ from: '/file', entries: 1, bytes: 7, omissions: 0 }])
  })

  test('two into one new directory: the second finds it there', async () => {
    using sandbox = new Sandbox()
    const to = join(sandbox.target, 'new')
    await copied({
      copyOut: [
        { from: '/out', to },
        { from: '/out', to },
      ],
    })
    expect(sandbox.tree('target')).toEqual(['new/', 'new/a', 'new/out/', 'new/out/a'])
  })

  test('a target that was replaced since the run began gets nothing, nor does what has taken its place', async () => {
    using sandbox = new Sandbox()
    const { target, outside } = sandbox
    await using server = await ArchiveServer.start(container)
    await using files = await Files.open({ copyOut: [{ from: '/file', to: target }] })
    renameSync(target, join(sandbox.path, 'moved'))
    symlinkSync(outside, target)
    const [failure] = await files.copyOut({
      engine: server.engine,
      container: 'c',
      emit: () => undefined,
      retry: work => work(),
    })
    expect(failure?.message).toContain('was moved or replaced')
    expect(sandbox.tree('moved')).toEqual([])
    expect(sandbox.tree('outside')).toEqual(['secret'])
  })

  test('what was left out is in the report, and in a warning', async () => {
    using sandbox = new Sandbox()
    const out: FakePath = {
      kind: 'directory',
      ...tar(
        directory('./'),
        { name: './l', type: 'symlink', linkname: '/etc/passwd' },
        { name: './f', type: 'fifo' },
      ),
    }
    const { events } = await copied({ copyOut: [{ from: '/out', to: sandbox.target }] }, { '/out': out })
    expect(reports(events)).toMatchObject([{ omissions: 2, entries: 3 }])
    const warning = events.find(({ type }) => type === 'warning')
    expect(warning).toMatchObject({
      message:
        'of the copy of /out, 2 entries were left out or changed: ./l (it is a link to an absolute path, /etc/passwd), ./f (it is a FIFO)',
    })
  })

  test('an archive that does not go on is given up', async () => {
    using sandbox = new Sandbox()
    async function* stuck() {
      yield Buffer.alloc(512)
      await new Promise(() => undefined)
    }
    const paths: Record<string, FakePath> = { '/out': { kind: 'directory', archive: stuck } }
    const copyOut = [{ from: '/out', to: sandbox.target }]
    const { failures } = await copied({ copyOut, copyLimits: { idle: 50 } }, paths)
    expect(failures).toEqual([{ kind: 'copy-failed', message: expect.stringContaining('no data moved for') }])
    expect(sandbox.tree('target')).toEqual([])
  })
})

describe('into a container, as docker cp', () => {
  const paths: Record<string, FakePath> = {
    '/': { kind: 'directory' },
    '/dir': { kind: 'directory' },
    '/file': { kind: 'file' },
    '/link': { kind: 'link', linkTarget: '/dir' },
    '/new-by-link': { kind: 'link', linkTarget: '/dir/made' },
  }
  test.each([
    // from, to, the directory that gets the archive, its names
    ['src', '/new', '/', ['new', 'new/a']],
    ['src/', '/new/', '/', ['new', 'new/a']],
    ['src/.', '/new', '/', ['new', 'new/a']],
    ['src', '/dir', '/dir', ['src', 'src/a']],
    ['src', '/dir/', '/dir', ['src', 'src/a']],
    ['src/.', '/dir', '/dir', ['a']],
    ['src/.', '/', '/', ['a']],
    ['src', '/link', '/dir', ['src', 'src/a']],
    ['file', '/new', '/', ['new']],
    ['file', '/dir', '/dir', ['file']],
    ['file', '/dir/.', '/dir', ['file']],
    ['file', '/file', '/', ['file']],
    ['file', '/new-by-link', '/dir', ['made']],
    ['link', '/dir', '/dir', ['link', 'link/a']],
  ])('%s to %s', async (from, to, into, names) => {
    using sandbox = new Sandbox()
    make(sandbox, ['src/', 'src/a', 'file'])
    symlinkSync('src', join(sandbox.target, 'link'))
    const { put, events } = await copied({ copyIn: [{ from: `${sandbox.target}/${from}`, to }] }, paths)
    expect([...put.keys()]).toEqual([into])
    expect(await namesIn(put.get(into))).toEqual(names)
    expect(reports(events)).toMatchObject([{ direction: 'in', entries: names.length }])
  })

  test.each([
    ['src', '/file', 'exists in the container and is not a directory'],
    ['file', '/new/', 'does not exist in the container'],
    ['file', '/file/', 'is not a directory'],
    ['src', '/new/.', 'does not exist in the container'],
    ['file', '/missing/new', 'does not exist in the container'],
  ])('%s to %s fails: %s', async (from, to, words) => {
    using sandbox = new Sandbox()
    make(sandbox, ['src/', 'src/a', 'file'])
    const copying = copied({ copyIn: [{ from: join(sandbox.target, from), to }] }, paths)
    expect(await rejection(copying)).toMatchObject({
      kind: 'copy-failed',
      message: expect.stringContaining(words),
    })
  })

  test.each(['missing', 'src/missing'])('%s is refused before anything is asked', async from => {
    using sandbox = new Sandbox()
    const opening = Files.open({ copyIn: [{ from: join(sandbox.target, from), to: '/dir' }] })
    expect(await rejection(opening)).toMatchObject({
      kind: 'usage',
      message: expect.stringContaining('does not exist'),
    })
  })

  test('ends with the signal of the run', async () => {
    using sandbox = new Sandbox()
    make(sandbox, ['file'])
    const reason = new Error('cancelled')
    const copying = copied(
      { copyIn: [{ from: join(sandbox.target, 'file'), to: '/dir' }] },
      paths,
      AbortSignal.abort(reason),
    )
    expect(await rejection(copying)).toMatchObject({ cause: reason })
  })
})

/** Makes files, and directories where the name ends in a slash. */
function make({ target }: Sandbox, names: readonly string[]): void {
  for (const name of names)
    if (name.endsWith('/')) mkdirSync(join(target, name))
    else writeFileSync(join(target, name), 'old')
}
