import { execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import * as library from '../../src/index.ts'
import { FakeEngine } from '../support/fake-engine.ts'

const dist = join(import.meta.dirname, '../../dist')
const execute = promisify(execFile)

/** Bytes that the standalone module may have. */
const sizeLimit = 800_000

const folder = mkdtempSync(join(tmpdir(), 'holdfast-built-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(!existsSync(dist))('what is built', () => {
  test('the standalone module runs a job where there is no package beside it', async () => {
    await using engine = await FakeEngine.start({ images: ['busybox:1'] })
    mkdirSync(folder, { recursive: true })
    copyFileSync(join(dist, 'standalone/index.js'), join(folder, 'holdfast.mjs'))
    const script = `
      import * as holdfast from './holdfast.mjs'
      const engine = holdfast.connect(process.argv[2])
      const { exitCode, image } = await holdfast.run({ engine, image: 'busybox:1' })
      const packed = await Array.fromAsync(holdfast.packArchive([{ name: 'a', content: 'b' }]))
      console.log(JSON.stringify({ names: Object.keys(holdfast).sort(), exitCode, image: image.name, packed: packed.length > 0 }))
      await engine.close()`
    writeFileSync(join(folder, 'job.mjs'), script)
    const { stdout } = await execute(process.execPath, ['job.mjs', engine.host], { cwd: folder })
    expect(JSON.parse(stdout)).toMatchObject({
      names: Object.keys(library).sort(),
      exitCode: 0,
      packed: true,
    })
  })

  test('the standalone module imports nothing but Node, and keeps its size', () => {
    const text = readFileSync(join(dist, 'standalone/index.js'), 'utf8')
    expect(text.length).toBeLessThan(sizeLimit)
    const imports = Array.from(
      text.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*"([\w:./@-]+)"/g),
      ([, name = '']) => name,
    )
    expect(imports).toContain('node:net')
    expect(imports.filter(name => !isBuiltin(name))).toEqual([])
  })

  test('the client alone has no module of jobs, credentials or recordings', () => {
    const rooms = sourcesOf(join(dist, 'engine/index.js')).map(source => source.split('/')[1])
    expect(new Set(rooms)).toEqual(new Set(['engine', 'host', 'redact']))
  })
})

/** The source files of a built module and of all that it imports. */
function sourcesOf(entry: string): string[] {
  const seen = new Set([entry])
  for (const file of seen)
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g))
      seen.add(resolve(dirname(file), name))
  return [...seen].flatMap(file =>
    Array.from(readFileSync(file, 'utf8').matchAll(/^\/\/ (src\/\S+)$/gm), ([, source = '']) => source),
  )
}
