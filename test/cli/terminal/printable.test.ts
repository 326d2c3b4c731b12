import { expect, test } from 'vitest'
import { printable } from '../../../src/cli/terminal/printable.ts'

test.each([
  ['just words, äöü 漢字 🐳', 'just words, äöü 漢字 🐳'],
  ['  two\r\n  lines\n', 'two | lines'],
  ['\x1b[2J\x07bell', '\\u{1b}[2J\\u{7}bell'],
  ['\x9b31mred', '\\u{9b}31mred'],
  ['tab\there', 'tab\\u{9}here'],
  ['left\u202eto right\u2066', 'left\\u{202e}to right\\u{2066}'],
])('%j', (text, expected) => {
  expect(printable(text)).toBe(expected)
})
