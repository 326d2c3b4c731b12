import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dockerOperator, examples } from './airflow.ts'
import { askedByCommand, askedByLibrary } from './asked.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/airflow.md'), 'utf8')

test('each parameter of the operator has a row, and only one', () => {
  expect(
    examples(page)
      .map(({ parameter }) => parameter)
      .sort(),
  ).toEqual([...dockerOperator].sort())
})

test('a row without an example says that there is nothing to say', () => {
  const without = examples(page).filter(({ command }) => command === undefined)
  expect(without.map(({ parameter }) => parameter)).toEqual(['tls_hostname', 'tls_ssl_version'])
})

describe('the command and the library ask the Engine for the same', () => {
  test.each(examples(page).filter(({ command }) => command !== undefined))(
    '$parameter: $command',
    ({ command = '', library = '' }) => {
      expect(askedByLibrary(library)).toEqual(askedByCommand(command))
    },
  )
})
