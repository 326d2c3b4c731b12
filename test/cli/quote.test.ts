import { expect, test } from 'vitest'
import { quote } from '../../src/cli/quote.ts'

test.each([
  ['plain', '"plain"'],
  ['', '""'],
  ['a"b\\', '"a\\"b\\\\"'],
  ['a\nb\t', '"a\\nb\\t"'],
  ['\u001b[31m', '"\\u001b[31m"'],
  ['\u007f\u009b', '"\\u{7f}\\u{9b}"'],
  ['\u202eabc', '"\\u{202e}abc"'],
  ['\ud800', '"\\ud800"'],
  ['é漢🚢', '"é漢🚢"'],
  ['x'.repeat(60), `"${'x'.repeat(60)}"`],
  ['x'.repeat(61), `"${'x'.repeat(60)}"…`],
  ['🚢'.repeat(61), `"${'🚢'.repeat(60)}"…`],
])('%j', (text, quoted) => {
  expect(quote(text)).toBe(quoted)
})
