import { expect, test } from 'vitest'
import { leftOptions, optionLabels } from '../../../src/run/jobs/left-options.ts'

test.each([
  { skipExitCodes: [99], result: 'stdout' as const },
  { skipExitCodes: [1, 255], result: 'last-line' as const },
  { skipExitCodes: [], result: { file: '/out/a "b".json' } },
  { skipExitCodes: [], result: undefined },
])('the labels keep %j', options => {
  expect(leftOptions(optionLabels(options))).toEqual(options)
})

test('a run without these options adds no label', () => {
  expect(optionLabels({})).toEqual({})
})

test.each([null, { 'dev.holdfast.result': 'else' }, { 'dev.holdfast.result': '' }])(
  'labels that are not ours: %j',
  labels => {
    expect(leftOptions(labels)).toEqual({ skipExitCodes: [], result: undefined })
  },
)
