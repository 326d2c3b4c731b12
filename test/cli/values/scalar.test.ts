import { describe, expect, test } from 'vitest'
import type { Kind } from '../../../src/cli/values/kind.ts'
import {
  boolean,
  choice,
  containerName,
  cpus,
  integer,
  passwordStdin,
  path,
  platform,
  registryUser,
  removal,
} from '../../../src/cli/values/scalar.ts'
import { refusal } from '../failure.ts'
import { world } from '../world.ts'

const read = <T>(kind: Kind<T>, text: string) => kind.parse(text, world())

test.each<[string, Kind<unknown>, string, unknown]>([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map(text => row('boolean', boolean, text, true)),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map(text => row('boolean', boolean, text, false)),
  row('choice', choice(['a', 'b']), 'b', 'b'),
  row('integer', integer(1, 9999), '9999', 9999),
  row('integer', integer(-1), '-1', -1),
  row('integer', integer(0), '+5', 5),
  row('path', path('FILE'), '-', '-'),
  ...['ab', 'a1', 'job_1.x-y', '/ab'].map(text => row('name', containerName, text, text)),
  row('name', containerName, '', undefined),
  ...['linux/amd64', 'linux/arm64/v8', 'linux/x86_64', 'linux/386'].map(text =>
    row('platform', platform, text, text),
  ),
  row('platform', platform, 'amd64', 'linux/amd64'),
  row('platform', platform, 'aarch64', 'linux/arm64'),
  row('platform', platform, 'linux/arm/7', 'linux/arm/v7'),
  row('platform', platform, '', undefined),
  row('removal', removal, 'true', 'always'),
  row('removal', removal, '0', 'never'),
  row('removal', removal, 'success', 'success'),
  row('user', registryUser, 'ci', 'ci'),
  row('password', passwordStdin, 'false', false),
  row('cpus', cpus, '1', 1e9),
  row('cpus', cpus, '1.5', 1.5e9),
  row('cpus', cpus, '.5', 5e8),
  row('cpus', cpus, '2.', 2e9),
  row('cpus', cpus, '0.000000001', 1),
  row('cpus', cpus, '0.1000000000000', 1e8),
  row('cpus', cpus, '9000000', 9e15),
  row('cpus', cpus, '0', 0),
  row('cpus', cpus, '0.0', 0),
  row('cpus', cpus, '3/2', 15e8),
  row('cpus', cpus, '15e-1', 15e8),
  row('cpus', cpus, '+1', 1e9),
])('%s %s%j', (_, kind, text, value) => {
  expect(read(kind, text)).toEqual(value)
})

function row(name: string, kind: Kind<unknown>, text: string, value: unknown) {
  return [name, kind, text, value] as [string, Kind<unknown>, string, unknown]
}

describe('refuses', () => {
  test.each<[Kind<unknown>, texts: string[], problem: string]>([
    [boolean, ['', 'yes', 'tRUE', '2'], 'must be true or false'],
    [choice(['a', 'b']), ['', 'A', 'c'], 'must be one of a, b'],
    [integer(1, 9999), ['', '0', '10000', '1.5', 'x'], 'must be a whole number from 1 to 9999'],
    [integer(0), ['-1', '1e3', '0x1', ' 1'], 'must be a whole number, 0 or more'],
    [path('DIR'), [''], 'must be a path'],
    [
      containerName,
      ['a', '-ab', '_a', 'a b', 'a/b', 'ab\n'],
      'must be two or more of a-z A-Z 0-9 _ . - and begin with a letter or a digit',
    ],
    [
      platform,
      ['foo', '/amd64', 'linux/', 'linux/arm64/v8/x', 'linux amd64', 'linux/amd64,linux/arm64'],
      'must be os/arch or os/arch/variant, such as linux/amd64 or linux/arm64/v8',
    ],
    [removal, ['', 'force'], 'must be one of always, success, never'],
    [registryUser, ['', 'ci:hunter2'], "must be a user's name"],
    [passwordStdin, ['', 'hunter2'], 'must not have the password as its value'],
    [cpus, ['', '.', '-1', '1/0', '1.5/2', '1,5', 'Infinity', '0x1'], 'must be a number, such as 2 or 0.5'],
    [cpus, ['0.0000000001', '1/3'], 'must have at most 9 decimals'],
    [cpus, ['10000000', '1e99'], 'must be at most 9000000'],
  ])('%#: %j', (kind, texts, problem) => {
    for (const text of texts) expect(refusal(() => read(kind, text)).message, text).toBe(problem)
  })
})
