import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { launch, prints } from '../run/launch.ts'
import { FakeEngine } from '../support/fake-engine.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/security-model.md'), 'utf8')
const claims = Array.from(
  page.matchAll(/^\|[^|]+\| `(test\/[^`]+)`: (.+) \|$/gm),
  ([, file = '', name = '']) => ({
    file,
    name,
  }),
)

test.each(claims)('a claim has its test: $file: $name', ({ file, name }) => {
  const text = readFileSync(join(root, file), 'utf8')
  expect([`'${name}'`, `"${name}"`].some(quoted => text.includes(quoted))).toBe(true)
})

test('there are claims to check', () => {
  expect(claims.length).toBeGreaterThan(15)
})

test('a run with a local image sends what the page says, and no credentials', async () => {
  const [, table = ''] = page.split('### The image is on the Engine')
  const listed = Array.from(table.split('\n\n')[1]?.matchAll(/^\| `([^`]+)`/gm) ?? [], ([, text]) => text)
  await using engine = await FakeEngine.start({ images: ['bb:1'], program: prints('x') })
  await launch(engine, { image: 'bb:1', credentials: { username: 'me', password: 'hunter2hunter2' } })
  const sent = engine.requests.map(({ method, path }) => `${method} ${general(path)}`)
  expect(sent.length).toBeGreaterThan(4)
  expect(sent.filter(request => !listed.includes(request))).toEqual([])
  expect(engine.requests.filter(({ headers }) => 'x-registry-auth' in headers)).toEqual([])
})

function general(path: string): string {
  return path
    .replace(/^\/v\d+\.\d+/, '')
    .replace(/\?.*/, '')
    .replace(/^\/images\/.+\/json$/, '/images/NAME/json')
    .replace(/^\/containers\/(?!create$)[^/]+/, '/containers/ID')
}
