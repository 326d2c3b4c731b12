import { describe, expect, test } from 'vitest'
import type { Line } from '../../../../src/cli/terminal/progress/canvas.ts'
import { Screen } from '../../../../src/cli/terminal/progress/screen.ts'
import { Terminal } from './terminal.ts'

const lines = (...texts: string[]): Line[] => texts.map(text => ({ text }))

function opened(columns = 40, rows = 10) {
  const terminal = new Terminal(columns, rows)
  terminal.write('$ holdfast pull\n')
  return { terminal, screen: new Screen(terminal, true) }
}

test('lines are replaced in place, more of them and fewer', () => {
  const { terminal, screen } = opened()
  for (const texts of [['one'], ['first', 'second', 'third'], ['a', 'b'], ['longer than before', 'b', 'c']]) {
    screen.draw(lines(...texts))
    expect(terminal.text).toEqual(['$ holdfast pull', ...texts])
    expect(terminal.cursor).toEqual({ row: 1 + texts.length, column: 0 })
  }
  screen.draw([])
  expect(terminal.text).toEqual(['$ holdfast pull'])
})

test('lines are replaced at the foot of a full terminal', () => {
  const { terminal, screen } = opened(40, 5)
  terminal.write('1\n2\n3\n4\n')
  screen.draw(lines('a', 'b', 'c'))
  screen.draw(lines('d', 'e', 'f'))
  screen.clear('said\n')
  expect(terminal.text).toEqual(['$ holdfast pull', '1', '2', '3', '4', 'said'])
})

test('what is there already is not written again', () => {
  const { terminal, screen } = opened()
  screen.draw(lines('a', 'b'))
  const { writes } = terminal
  screen.draw(lines('a', 'b'))
  expect(terminal.writes).toBe(writes)
  screen.draw([{ text: 'a', tone: 'good' }, { text: 'b' }])
  expect(terminal.writes).toBe(writes + 1)
})

test('a terminal that is behind is not drawn on', () => {
  const { terminal, screen } = opened()
  screen.draw(lines('a'))
  terminal.writableLength = 1
  screen.draw(lines('b'))
  expect(terminal.text.at(-1)).toBe('a')
  screen.clear()
  expect(terminal.text).toEqual(['$ holdfast pull'])
})

test('clearing nothing writes nothing', () => {
  const { terminal, screen } = opened()
  screen.clear()
  expect(terminal.writes).toBe(1)
})

describe('a terminal that was made narrower', () => {
  const long = lines('x'.repeat(39), 'y'.repeat(20), 'z'.repeat(21), '')

  test.each([39, 38, 21, 20, 19, 10, 7, 1])('to %d columns: nothing is left of wrapped lines', columns => {
    const { terminal, screen } = opened(40, 200)
    screen.draw(long)
    terminal.resize(columns, 200)
    const before = terminal.text.join('')
    expect(before).toContain('x'.repeat(39))
    screen.clear()
    expect(terminal.text.join('')).toBe('$ holdfast pull')
  })

  test('is drawn on from where the first line was', () => {
    const { terminal, screen } = opened(40, 50)
    screen.draw(long)
    terminal.resize(20, 50)
    screen.draw(lines('a', 'b'))
    expect(terminal.text).toEqual(['$ holdfast pull', 'a', 'b'])
  })
})

test('a size that is not known is a usual one', () => {
  expect(new Screen(new Terminal(0, 0), false).size).toEqual({ columns: 80, rows: 24 })
})

test('colours, and none', () => {
  const line: Line = { text: 'a', tone: 'trouble' }
  const [with_, without] = [new Terminal(40, 10), new Terminal(40, 10)]
  new Screen(with_, true).draw([line])
  new Screen(without, false).draw([line])
  expect(with_.raw).toBe('\x1b[33ma\x1b[0m\x1b[K\n')
  expect(without.raw).toBe('a\x1b[K\n')
})
