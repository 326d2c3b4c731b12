import { expect, test } from 'vitest'
import { inFlags, withFlags } from '../../src/cli/flag-names.ts'
import { checkRunOptions } from '../../src/run/check-options.ts'
import type { RunOptions } from '../../src/run/options.ts'

/** The names of the options of a run, as a refusal lists them. */
function optionNames(): string[] {
  try {
    checkRunOptions({ image: 'a', 'none of these': 1 } as RunOptions)
  } catch (error) {
    return String(Reflect.get(Object(error), 'hint'))
      .replace('The options: ', '')
      .replace('.', '')
      .split(', ')
  }
  return []
}

/** What the command has no flag for: it sets them by itself. */
const own = ['container', 'onEvent', 'signal', 'capture', 'reject']

test('each option of a run has a flag in its place', () => {
  const left = optionNames().filter(name =>
    withFlags(`the option ${name} must be left out`).includes('option'),
  )
  expect(left.sort()).toEqual(own.sort())
})

test.each([
  ['the option stopGrace must be a number', '--stop-timeout must be a number'],
  [
    'Give it longer with the option pullTimeout.connect.',
    'Give it longer with --pull-timeout connect=VALUE.',
  ],
  ['use the option swarm.reserveMemory, by', 'use --reserve-memory, by'],
  ['The option image names it.', 'IMAGE names it.'],
  ['the field HostConfig.CapAdd can', '--cap-add (HostConfig.CapAdd) can'],
  ['the field HostConfig.MaskedPaths can', 'the field HostConfig.MaskedPaths can'],
  ['the option that it has', 'the option that it has'],
])('%s: %s', (text, expected) => {
  expect(withFlags(text)).toBe(expected)
})

test("the Engine's own message stays as it is", () => {
  const report = { kind: 'usage', message: 'x', engineMessage: 'the option memory is wrong' } as const
  expect(inFlags(report)).toEqual(report)
})
