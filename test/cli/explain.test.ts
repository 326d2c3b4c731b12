import { expect, test } from 'vitest'
import { CredentialError } from '../../src/auth/error.ts'
import { explain } from '../../src/cli/explain.ts'
import { UsageError } from '../../src/cli/usage.ts'
import { EngineError } from '../../src/engine/error.ts'
import { HoldfastError } from '../../src/run/failure.ts'

const credentials = new CredentialError('the helper x failed', { about: 'reg', hint: 'Look at x.' })

test.each<[string, unknown, string[]]>([
  ['a failure', new HoldfastError('timeout', 'it took 1 s'), ['timeout: it took 1 s']],
  [
    'a failure whose message has the words',
    new HoldfastError('pull-failed', 'x could not be pulled: no space', {
      engineMessage: 'no space',
      hint: 'Make room.',
    }),
    ['pull-failed: x could not be pulled: no space', 'Make room.'],
  ],
  [
    'a failure whose message has not',
    new HoldfastError('pull-failed', 'x could not be pulled', {
      engineMessage: 'no space',
      hint: 'Make room.',
    }),
    ['pull-failed: x could not be pulled', 'The Engine said: no space', 'Make room.'],
  ],
  [
    'an error of the Engine',
    new EngineError('refused', 'nobody listens', { hint: 'Start it.' }),
    ['engine-unreachable: nobody listens', 'Start it.'],
  ],
  ['broken credentials', credentials, ['credential-error: the helper x failed', 'Look at x.']],
  ['a wrong command line', new UsageError('--x is wrong', 'Write y.'), ['usage: --x is wrong', 'Write y.']],
  [
    'anything else',
    new TypeError('x is not a function'),
    [
      "a bug of holdfast's, or a broken machine: x is not a function",
      'Please report it, with the command that led to it.',
    ],
  ],
])('%s', (_, error, lines) => {
  expect(explain(error)).toEqual(lines)
})
