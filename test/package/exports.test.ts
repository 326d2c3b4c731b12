import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as client from '../../src/engine/index.ts'
import * as library from '../../src/index.ts'

const src = join(import.meta.dirname, '../../src')

test('the library exports all that the client alone exports', () => {
  for (const [name, value] of Object.entries(client)) expect(library).toHaveProperty(name, value)
  const types = exportedNames('index.ts')
  for (const name of exportedNames('engine/index.ts')) expect(types).toContain(name)
})

/** What a list of exports names, types included. */
function exportedNames(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8')
  const lists = Array.from(text.matchAll(/export (?:type )?(\{[^}]*\}|\*) from '\.\/(?:engine\/)?([^']+)'/g))
  return lists.flatMap(([, names = '', from = '']) =>
    names === '*'
      ? [`* from ${from}`]
      : names.split(/[{},\s]+/).filter(name => name !== '' && name !== 'type'),
  )
}
