import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../src')

/** Which rooms a room may import from, and which packages it owns. */
const rooms: Record<string, { rooms: readonly string[]; packages: readonly string[] }> = {
  cli: { rooms: ['cli', 'run', 'replay', 'engine', 'auth', 'host'], packages: [] },
  run: { rooms: ['run', 'engine', 'auth', 'redact', 'replay', 'host'], packages: [] },
  engine: { rooms: ['engine', 'redact', 'host'], packages: ['undici', 'split2', 'tar-stream'] },
  auth: { rooms: ['auth', 'redact', 'host'], packages: [] },
  replay: { rooms: ['replay', 'redact'], packages: [] },
  redact: { rooms: ['redact'], packages: [] },
  host: { rooms: ['host'], packages: [] },
}

const childProcesses = ['auth/helper-process.ts', 'engine/address/ssh.ts']
const registryAuth = 'engine/http/rules.ts'
/** A recorder does not pass a client's login on. */
const recordedAuth = 'replay/record/authentication.ts'

/** Folders of a room, from the top down: a file imports from its own folder, from those below it, and the words. */
const engineFolders = ['engine', 'engine/streams', 'engine/http', 'engine/address']
const replayFolders = [
  'replay',
  'replay/record',
  'replay/play',
  'replay/secrets',
  'replay/match',
  'replay/order',
  'replay/file',
  'replay/bytes',
]
/** Those of the command; the files of the room itself are words of all, or put them together. */
const cliFolders = ['cli/commands', 'cli/flags', 'cli/terminal/progress', 'cli/terminal', 'cli/values']
const orders = [engineFolders, replayFolders, cliFolders]
const engineWords = ['engine/error.ts', 'engine/wire.ts']
/** Folders of run that do not import one another. */
const runFolders = ['run/container', 'run/files', 'run/image', 'run/output', 'run/swarm']
/** Folders of run that put the parts of the others together, as run.ts does. */
const joiningFolders = ['run/jobs']
/** Recording and playing share the file and the bytes, and nothing else. */
const neighbours = [runFolders, ['replay/record', 'replay/play'], ['replay/secrets', 'replay/match']]

interface Import {
  from: string
  /** A file of src, as `engine/body.ts`, or a package's name. */
  to: string
  /** Gone once compiled. */
  typeOnly: boolean
}

type Sources = Record<string, string>

const statement = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm
const expression = /\bimport\('([^']+)'\)/g

function importsOf(from: string, text: string): Import[] {
  const code = withoutComments(text)
  const target = (name: string) => (name.startsWith('.') ? posix.join(posix.dirname(from), name) : name)
  return [
    ...Array.from(code.matchAll(statement), ([, type, name = '']) => ({
      from,
      to: target(name),
      typeOnly: type !== undefined,
    })),
    ...Array.from(code.matchAll(expression), ([, name = '']) => ({
      from,
      to: target(name),
      typeOnly: false,
    })),
  ]
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

const importsIn = (sources: Sources) =>
  Object.entries(sources).flatMap(([file, text]) => importsOf(file, text))
const roomOf = (file: string) => file.split('/')[0] ?? ''
const isFile = (name: string) => name.endsWith('.ts')
const packageOf = (name: string) => name.split('/', name.startsWith('@') ? 2 : 1).join('/')

function strangers(sources: Sources): string[] {
  return importsIn(sources)
    .filter(({ from, to }) => from !== 'index.ts' && !isWelcome(roomOf(from), to))
    .map(({ from, to }) => `${from} imports ${to}`)
}

function isWelcome(room: string, to: string): boolean {
  if (isFile(to) && !to.includes('/lib/')) return rooms[room]?.rooms.includes(roomOf(to)) ?? false
  return (to.startsWith('node:') && isBuiltin(to)) || (rooms[room]?.packages.includes(packageOf(to)) ?? false)
}

/** The files that are reached again from themselves. */
function circles(sources: Sources): string[] {
  const next = Map.groupBy(
    importsIn(sources).filter(({ to }) => isFile(to)),
    ({ from }) => from,
  )
  const reaches = (from: string, goal: string, seen: Set<string>): boolean =>
    (next.get(from) ?? []).some(({ to }) => {
      if (to === goal) return true
      if (seen.has(to)) return false
      seen.add(to)
      return reaches(to, goal, seen)
    })
  return Object.keys(sources).filter(file => reaches(file, file, new Set()))
}

const folderOf = (file: string) => posix.dirname(file)
/** The folders of a room that hold files, the room itself first. */
const foldersIn = (sources: Sources, room: string) =>
  [...new Set(Object.keys(sources).map(folderOf))].filter(folder => roomOf(folder) === room).sort()

/** Imports against the order of the folders. */
function upwards(sources: Sources): string[] {
  const isUpwards = (folders: readonly string[], { from, to }: Import) => {
    const level = (file: string) => folders.indexOf(folderOf(file))
    return level(to) >= 0 && level(to) < level(from) && !engineWords.includes(to)
  }
  return importsIn(sources)
    .filter(one => orders.some(folders => isUpwards(folders, one)))
    .map(({ from, to }) => `${from} imports ${to}`)
}

/** Imports between folders that are to know nothing of one another. */
function sideways(sources: Sources): string[] {
  const apart = (folders: readonly string[], { from, to }: Import) =>
    folders.includes(folderOf(from)) && folders.includes(folderOf(to)) && folderOf(from) !== folderOf(to)
  return importsIn(sources)
    .filter(one => neighbours.some(folders => apart(folders, one)))
    .map(({ from, to }) => `${from} imports ${to}`)
}

function importersOf(sources: Sources, name: string): string[] {
  return importsIn(sources)
    .filter(({ to }) => packageOf(to) === name)
    .map(({ from }) => from)
}

function filesWith(sources: Sources, pattern: RegExp): string[] {
  return Object.keys(sources).filter(file => pattern.test(withoutComments(sources[file] ?? '')))
}

const ofTheCommand = /\bprocess\.(exit|argv|stdin|stdout|stderr|on|once|addListener)\b|\bconsole\./
const authPath = /\/auth(['"`?]|\$\{)/

const src: Sources = {}
for await (const file of glob('**/*.ts', { cwd: root }))
  src[posix.normalize(file)] = readFileSync(join(root, file), 'utf8')

describe('src', () => {
  test('has only the rooms of the design', () => {
    const found = new Set(Object.keys(src).map(file => (file.includes('/') ? roomOf(file) : file)))
    expect([...found].sort()).toEqual([...Object.keys(rooms), 'index.ts'].sort())
  })

  test('a room imports only those it may know, Node, and the packages it owns', () => {
    expect(strangers(src)).toEqual([])
  })

  test('every import is of a file that is there', () => {
    const missing = importsIn(src).filter(
      ({ to }) => isFile(to) && /^\w/.test(to) && !to.includes('/lib/') && !(to in src),
    )
    expect(missing).toEqual([])
  })

  test('nothing imports index.ts', () => {
    expect(importsIn(src).filter(({ to }) => to === 'index.ts')).toEqual([])
  })

  test('has no circles', () => {
    expect(circles(src)).toEqual([])
  })

  test('the folders of the engine, of replay and of the command have an order', () => {
    expect(upwards(src)).toEqual([])
    expect(foldersIn(src, 'engine')).toEqual(engineFolders.toSorted())
    expect(foldersIn(src, 'replay')).toEqual(replayFolders.toSorted())
    expect(foldersIn(src, 'cli')).toEqual(['cli', ...cliFolders].sort())
    for (const file of engineWords) expect(importsIn({ [file]: src[file] ?? '' })).toEqual([])
  })

  test('the folders of run, and recording and playing, do not import one another', () => {
    expect(sideways(src)).toEqual([])
    expect(foldersIn(src, 'run')).toEqual(['run', ...runFolders, ...joiningFolders].sort())
  })

  test('credentials are looked up in one place, and a run records in one', () => {
    const importers = (pattern: RegExp, room: string) =>
      importsIn(src)
        .filter(({ from, to, typeOnly }) => pattern.test(to) && roomOf(from) !== room && !typeOnly)
        .map(({ from }) => from)
    expect(importers(/^auth\/(lookup|configured|stored|helper.*|config.*)\.ts$/, 'auth')).toEqual([
      'run/image/pull-attempts.ts',
    ])
    expect(importers(/^replay\//, 'replay').filter(file => roomOf(file) === 'run')).toEqual([
      'run/flight-recorder.ts',
    ])
  })

  test('each package has one owner', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, '../package.json'), 'utf8'))
    const owned = Object.values(rooms).flatMap(({ packages }) => packages)
    expect(Object.keys(dependencies).sort()).toEqual(owned.toSorted())
    for (const name of owned) expect(importersOf(src, name).length, name).toBeGreaterThan(0)
  })

  test('starts processes in two places and in the command', () => {
    const others = importersOf(src, 'node:child_process').filter(file => roomOf(file) !== 'cli')
    expect(others.sort()).toEqual(childProcesses)
  })

  test('the command connects in one place, which sees to a fast start', () => {
    const connecting = importsIn(src).filter(({ to, typeOnly }) => to === 'engine/engine.ts' && !typeOnly)
    expect(connecting.map(({ from }) => from).filter(file => roomOf(file) === 'cli')).toEqual([
      'cli/connect.ts',
    ])
  })

  test('only the command prints, exits, and hears signals, but for the notice of a replay that waits', () => {
    const others = filesWith(src, ofTheCommand).filter(file => roomOf(file) !== 'cli')
    expect(others).toEqual(['replay/play/notice.ts'])
  })

  test('/auth is named by the rules that refuse it, and nowhere else', () => {
    expect(filesWith(src, authPath).sort()).toEqual([registryAuth, recordedAuth])
  })
})

describe('these rules find', () => {
  test.each([
    [{ 'engine/a.ts': `import { b } from '../auth/b.ts'` }, 'engine/a.ts imports auth/b.ts'],
    [{ 'auth/a.ts': `import type { b } from '../engine/b.ts'` }, 'auth/a.ts imports engine/b.ts'],
    [{ 'run/a.ts': `export * from '../cli/b.ts'` }, 'run/a.ts imports cli/b.ts'],
    [{ 'replay/a.ts': `const b = await import('../run/b.ts')` }, 'replay/a.ts imports run/b.ts'],
    [{ 'run/a.ts': `import {\n  type A,\n  b,\n} from 'undici'` }, 'run/a.ts imports undici'],
    [{ 'engine/a.ts': `import 'execa'` }, 'engine/a.ts imports execa'],
    [{ 'engine/a.ts': `import fs from 'fs'` }, 'engine/a.ts imports fs'],
    [{ 'cli/values/a.ts': `import { x } from '../../index.ts'` }, 'cli/values/a.ts imports index.ts'],
  ])('a stranger %#', (sources, expected) => {
    expect(strangers(sources as Sources)).toEqual([expected])
  })

  test.each([
    [
      { 'engine/http/a.ts': `import { b } from '../streams/b.ts'` },
      'engine/http/a.ts imports engine/streams/b.ts',
    ],
    [
      { 'engine/address/a.ts': `import type { B } from '../http/b.ts'` },
      'engine/address/a.ts imports engine/http/b.ts',
    ],
    [
      { 'engine/streams/a.ts': `import { b } from '../images.ts'` },
      'engine/streams/a.ts imports engine/images.ts',
    ],
    [{ 'replay/file/a.ts': `import { b } from '../play/b.ts'` }, 'replay/file/a.ts imports replay/play/b.ts'],
    [
      { 'replay/play/a.ts': `import { b } from '../cassette.ts'` },
      'replay/play/a.ts imports replay/cassette.ts',
    ],
  ])('an import against the order %#', (sources, expected) => {
    expect(upwards(sources as Sources)).toEqual([expected])
  })

  test('an import between folders of run', () => {
    const sources = {
      'run/image/a.ts': `import type { B } from '../output/b.ts'\nimport { c } from '../events.ts'`,
    }
    expect(sideways(sources)).toEqual(['run/image/a.ts imports run/output/b.ts'])
  })

  test('an import between recording and playing', () => {
    const sources = { 'replay/play/a.ts': `import { b } from '../record/b.ts'` }
    expect(sideways(sources)).toEqual(['replay/play/a.ts imports replay/record/b.ts'])
  })

  test('what is welcome', () => {
    const text = `import { a } from 'node:fs'\nimport b from 'undici/lib/b.js'\nimport { c } from './c.ts'\n// import { d } from '../cli/d.ts'`
    expect(strangers({ 'engine/a.ts': text })).toEqual([])
  })

  test('a circle of three, by types too', () => {
    const sources = {
      'run/a.ts': `import { b } from './b.ts'`,
      'run/b.ts': `export { c } from './c.ts'`,
      'run/c.ts': `const { a } = await import('./a.ts')`,
      'run/d.ts': `import { a } from './a.ts'`,
    }
    expect(circles(sources)).toEqual(['run/a.ts', 'run/b.ts', 'run/c.ts'])
    expect(circles({ ...sources, 'run/c.ts': `import type { A } from './a.ts'` })).toHaveLength(3)
    expect(circles({ ...sources, 'run/c.ts': `import type { A } from './e.ts'` })).toEqual([])
  })

  test.each(['process.exit(1)', 'process.on("SIGINT", x)', 'console.log(x)', 'x(process.stdout)'])(
    'the command in %s',
    text => {
      expect(filesWith({ 'run/a.ts': text }, ofTheCommand)).toEqual(['run/a.ts'])
    },
  )

  test.each([`'/auth'`, '`/auth`', `"/auth?x"`, `'/v1.41/auth'`])('the path %s', text => {
    expect(filesWith({ 'run/a.ts': `send(${text})` }, authPath)).toEqual(['run/a.ts'])
  })
})
