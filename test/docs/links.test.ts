import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
/** npm adds these to the package by itself. */
const always = ['README.md', 'LICENSE', 'package.json']
const pages = [
  ...[
    'README',
    'SECURITY',
    'CONTRIBUTING',
    'CHANGELOG',
    'examples/README',
    'bench/README',
    'bench/RESULTS',
  ].map(page => `${page}.md`),
  ...globSync('docs/*.md', { cwd: root }),
]

const links = pages.flatMap(page =>
  Array.from(
    read(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g),
    ([, path = '', anchor]) => ({
      page,
      target: path === '' ? page : relative(root, join(root, dirname(page), path)),
      anchor,
    }),
  ),
)

test('there are links', () => {
  expect(links.length).toBeGreaterThan(50)
})

test.each(pages)('%s: each link leads to a file of the repository, and to a heading that is there', page => {
  const broken = links
    .filter(link => link.page === page)
    .filter(({ target, anchor }) => {
      if (!existsSync(join(root, target))) return true
      if (anchor === undefined) return false
      const known = anchorsOf(target)
      // TypeDoc counts headings of one name by a rule of its own.
      const isApi = target.startsWith('docs/api')
      return !known.includes(isApi ? anchor.replace(/-\d+$/, '') : anchor)
    })
  expect(broken).toEqual([])
})

test('the links of the pages in the package lead to files in the package', () => {
  const packed = (file: string) =>
    [...always, ...files].some(name => file === name || file.startsWith(`${name}/`))
  expect(links.filter(({ page, target }) => packed(page) && !packed(target))).toEqual([])
})

test('the README links every page of docs/', () => {
  const linked = links.filter(({ page }) => page === 'README.md').map(({ target }) => target)
  expect(pages.filter(page => page.startsWith('docs/') && !linked.includes(page))).toEqual([])
})

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** docs/api.md has thousands of links to itself. */
const known = new Map<string, string[]>()

function anchorsOf(page: string): string[] {
  const found = known.get(page) ?? anchors(read(page))
  known.set(page, found)
  return found
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): string[] {
  const seen = new Map<string, number>()
  const named = Array.from(text.matchAll(/<a id="([^"]+)">/g), ([, id = '']) => id.replace(/-\d+$/, ''))
  const headings = Array.from(
    text.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm),
    ([, heading = '']) => {
      const anchor = heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-')
      const before = seen.get(anchor) ?? 0
      seen.set(anchor, before + 1)
      return before === 0 ? anchor : `${anchor}-${before}`
    },
  )
  return [...named, ...headings]
}
