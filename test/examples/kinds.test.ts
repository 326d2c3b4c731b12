import { expect, test } from 'vitest'
import { failureKinds } from '../../src/index.ts'
import { example } from './example.ts'

const kindsIn = (text: string) =>
  Array.from(text.matchAll(/[`'"]([a-z]+(?:-[a-z]+)*)[`'"]/g), ([, kind = '']) => kind)

const page = example('README.md')
const [, again = ''] = /^\| (.*) \| yes \|$/m.exec(page) ?? []
const [, never = ''] = /^\| (.*) \| no: .* \|$/m.exec(page) ?? []

test('the page says of each kind of failure whether a job is tried again', () => {
  expect([...kindsIn(again), ...kindsIn(never)].sort()).toEqual([...failureKinds].sort())
})

test.each([
  ['airflow/holdfast_operator.py', /PERMANENT = frozenset\(\s*\{([^}]*)\}/],
  ['bullmq/processor.ts', /permanent: ReadonlySet<FailureKind> = new Set\(\[([^\]]*)\]/],
  ['temporal/activities.ts', /permanent: ReadonlySet<FailureKind> = new Set\(\[([^\]]*)\]/],
])('%s gives up on the same kinds', (file, pattern) => {
  const [, list = ''] = pattern.exec(example(file)) ?? []
  expect(kindsIn(list).sort()).toEqual(kindsIn(never).sort())
})
