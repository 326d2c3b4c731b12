import { describe, expect, test } from 'vitest'
import { pull } from '../../src/cli/commands/pull.ts'
import { run } from '../../src/cli/commands/run.ts'
import { readArguments } from '../../src/cli/grammar.ts'
import { failure } from './failure.ts'

function read(...argv: string[]) {
  const { given, operands } = readArguments(run, argv)
  return [...given.map(({ where, text }) => `${where} ${text}`), operands]
}

describe("pflag's grammar", () => {
  test.each([
    [
      ['--memory=1g', 'i'],
      ['--memory 1g', ['i']],
    ],
    [
      ['--memory', '1g', 'i'],
      ['--memory 1g', ['i']],
    ],
    [
      ['--memory=', 'i'],
      ['--memory ', ['i']],
    ],
    [
      ['--env=A=b', 'i'],
      ['--env A=b', ['i']],
    ],
    [
      ['--net', 'host', 'i'],
      ['--net host', ['i']],
    ],
    [
      ['-m', '1g', 'i'],
      ['-m 1g', ['i']],
    ],
    [
      ['-m1g', 'i'],
      ['-m 1g', ['i']],
    ],
    [
      ['-m=1g', 'i'],
      ['-m 1g', ['i']],
    ],
    [
      ['-m=', 'i'],
      ['-m =', ['i']],
    ],
    [
      ['-eA=b', 'i'],
      ['-e A=b', ['i']],
    ],
    [
      ['-it', 'i'],
      ['-i true', '-t true', ['i']],
    ],
    [
      ['-itv', '/a:/b', 'i'],
      ['-i true', '-t true', '-v /a:/b', ['i']],
    ],
    [
      ['-itv/a:/b', 'i'],
      ['-i true', '-t true', '-v /a:/b', ['i']],
    ],
    [
      ['-itv=/a:/b', 'i'],
      ['-i true', '-t true', '-v /a:/b', ['i']],
    ],
    [
      ['-t=false', 'i'],
      ['-t false', ['i']],
    ],
    [
      ['-it=false', 'i'],
      ['-i true', '-t false', ['i']],
    ],
    [
      ['--init', 'i'],
      ['--init true', ['i']],
    ],
    [
      ['--init=false', 'i'],
      ['--init false', ['i']],
    ],
    [
      ['--init', 'false'],
      ['--init true', ['false']],
    ],
    [
      ['--rm', 'success'],
      ['--rm true', ['success']],
    ],
    [
      ['--rm=success', 'i'],
      ['--rm success', ['i']],
    ],
    [
      ['-e', '--init', 'i'],
      ['-e --init', ['i']],
    ],
    [
      ['-e', '--', 'i'],
      ['-e --', ['i']],
    ],
    [
      ['-w', '', 'i'],
      ['-w ', ['i']],
    ],
    [['i', '-t', '--bogus', '--', 'x'], [['i', '-t', '--bogus', '--', 'x']]],
    [['--', '-t', '--', 'x'], [['-t', '--', 'x']]],
    [
      ['-t', '--', 'i', '-t'],
      ['-t true', ['i', '-t']],
    ],
    [['-', '-t'], [['-', '-t']]],
    [['', '-t'], [['', '-t']]],
    [[], [[]]],
  ])('%j', (argv, reading) => {
    expect(read(...argv)).toEqual(reading)
  })

  test('flags of pull may follow an image', () => {
    const { given, operands } = readArguments(pull, ['a', '-q', 'b', '--', '-c'])
    expect(given.map(({ flag }) => flag.name)).toEqual(['quiet'])
    expect(operands).toEqual(['a', 'b', '-c'])
  })

  test('a command of a million arguments', () => {
    const argv = Array.from({ length: 1_000_000 }, () => 'x')
    expect(readArguments(run, argv).operands).toHaveLength(argv.length)
  })
})

test.each([
  [['--memory'], '--memory needs a value', 'Write --memory SIZE.'],
  [['-itv'], '-v needs a value', 'Write -v [SOURCE:]DIR[:ro].'],
  [['--memroy=1g'], '"--memroy" is not a flag of holdfast run', 'Did you mean --memory?'],
  [['--nett', 'x'], '"--nett" is not a flag of holdfast run', 'Did you mean --net?'],
  [['--bogus'], '"--bogus" is not a flag of holdfast run', 'holdfast run --help shows its flags.'],
  [['---t'], '"---t" is not a flag of holdfast run', 'holdfast run --help shows its flags.'],
  [['--=x'], '"--" is not a flag of holdfast run', 'holdfast run --help shows its flags.'],
  [['-rm'], '"-rm" has one dash', 'Write --rm.'],
  [['-z'], '"-z" is not a flag of holdfast run', 'holdfast run --help shows its flags.'],
  [['-t='], '"-=" is not a flag of holdfast run', 'holdfast run --help shows its flags.'],
  [['-i🚢'], '"-🚢" is not a flag of holdfast run', 'holdfast run --help shows its flags.'],
])('%j: %s', (argv, message, hint) => {
  const error = failure(() => readArguments(run, argv))
  expect([error.message, error.hint]).toEqual([message, hint])
})

test.each([['--envv=A=hunter2'], ['--bogus=hunter2'], ['-zhunter2']])(
  '%s: what follows a name is not shown',
  flag => {
    const error = failure(() => readArguments(run, [flag]))
    expect(`${error.stack}${error.hint}`).not.toContain('hunter2')
  },
)
