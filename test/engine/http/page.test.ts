import { expect, test } from 'vitest'
import { pageTitle, shortenPages } from '../../../src/engine/http/page.ts'

const page =
  '<!DOCTYPE html>\r\n<html><head><title>502 Bad\r\n Gateway</title></head><body>much</body></html>'

test.each([
  ['no page', 'unexpected EOF', 'unexpected EOF'],
  ['a page', page, '<html>… 502 Bad Gateway …</html>'],
  ['within words', `unknown: ${page}\n`, 'unknown: <html>… 502 Bad Gateway …</html>\n'],
  ['two', `a ${page} b ${page}`, 'a <html>… 502 Bad Gateway …</html> b <html>… 502 Bad Gateway …</html>'],
  ['as Go quotes it', JSON.stringify(page), '"<html>… 502 Bad Gateway …</html>"'],
  ['a page with a heading alone', '<html><body><h1>Sign in</h1>', '<html>… Sign in …</html>'],
  ['a page that says nothing', '<HTML lang="en"><body>much', '<html>…</html>'],
  [
    'words about HTML',
    "invalid character '<' looking for <htmlx>",
    "invalid character '<' looking for <htmlx>",
  ],
])('%s', (_, text, short) => {
  expect(shortenPages(text)).toBe(short)
})

test('a long title is cut', () => {
  expect(pageTitle(`<title>${'x'.repeat(201)}</title>`)).toBe(`${'x'.repeat(200)}…`)
})

test('the time is linear in the length, however many pages begin', () => {
  const begun = performance.now()
  for (const text of ['<html>', '<html><title>', '<title', '<html </html', '\\n'])
    shortenPages(`<html>${text.repeat(1024 * 256)}`)
  expect(performance.now() - begun).toBeLessThan(2_000)
})
