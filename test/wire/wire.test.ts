import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { environment, files, found, processes } from './outside.ts'
import { page } from './page.ts'

const docs = join(import.meta.dirname, '../../docs')

test('docs/wire.md says what the code sends: npm run docs:wire', async () => {
  expect(await page()).toBe(readFileSync(join(docs, 'wire.md'), 'utf8'))
})

test('the page has each environment variable, each room that opens files, each file that starts processes', async () => {
  const described = { environment, files, processes }
  for (const [what, names] of Object.entries(await found()))
    expect(Object.keys(Reflect.get(described, what))).toEqual(expect.arrayContaining(names))
})
