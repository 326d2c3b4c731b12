import { expect, test } from 'vitest'
import { wasIgnored } from '../../../src/cli/terminal/ignored-signals.ts'

test.each([
  ['0000000000000001', 'SIGHUP', true],
  ['0000000000000001', 'SIGINT', false],
  ['0000000000000002', 'SIGINT', true],
  ['0000000000004003', 'SIGTERM', true],
  ['0000000000000000', 'SIGTERM', false],
  ['', 'SIGHUP', false],
  ['x', 'SIGHUP', false],
  ['ffffffffffffffffff', 'SIGHUP', false],
] as const)('%s: %s %s', (mask, name, ignored) => {
  expect(wasIgnored(name, mask)).toBe(ignored)
})
