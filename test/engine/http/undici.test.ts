import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { json, text } from '../../support/byte-server.ts'
import { scripted } from '../../support/engines.ts'
import { engineInfo } from '../../support/responses.ts'

const support = join(import.meta.dirname, '../../support')
/** Folders of other versions of undici, to be tried too. */
const others = process.env.HOLDFAST_TEST_UNDICI?.split(':') ?? []

test.each<[string, NodeJS.ProcessEnv]>([
  ['without its private files', { HIDE_UNDICI_FILES: '1' }],
  ...others.flatMap(
    (UNDICI): Array<[string, NodeJS.ProcessEnv]> => [
      [`of ${UNDICI}`, { UNDICI }],
      [`of ${UNDICI}, without its private files`, { UNDICI, HIDE_UNDICI_FILES: '1' }],
    ],
  ),
])('undici %s', async (_, env) => {
  const { server } = await scripted([
    { on: 'PUT', steps: [text(200, '')] },
    { on: 'POST', steps: [json(404, { message: 'No such container: nope' })] },
    { on: /info/, steps: [json(200, engineInfo)] },
  ])
  const program = [`--import=${support}/other-undici.mjs`, `${support}/some-requests.ts`, server.address]
  const { stdout } = await promisify(execFile)(process.execPath, program, { env: { ...process.env, ...env } })
  expect(JSON.parse(stdout)).toEqual({
    apiVersion: '1.41',
    ID: 'x',
    refusal: expect.stringContaining('No such container: nope'),
    put: 200,
  })
})
