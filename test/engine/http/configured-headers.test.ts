import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../../src/engine/engine.ts'
import { end, json } from '../../support/byte-server.ts'
import { scripted } from '../../support/engines.ts'

const upgraded = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'

test('HttpHeaders of config.json go out with every request, and replace none of its own', async () => {
  const { server } = await scripted(
    [
      { on: /attach/, steps: [upgraded, end] },
      { on: /json/, steps: [json(404, { message: 'none' })] },
    ],
    'tcp',
  )
  const config = await mkdtemp(join(tmpdir(), 'holdfast-headers-'))
  onTestFinished(() => rm(config, { recursive: true }))
  const HttpHeaders = { 'X-Team': 'batch', Host: 'elsewhere', 'X-Registry-Auth': 'e30=', 'Bad\r\nName': 'x' }
  await writeFile(join(config, 'config.json'), JSON.stringify({ HttpHeaders }))
  await using engine = connect({ host: server.address, config, env: {} })
  await engine.containers.inspect('c').catch(() => undefined)
  const { close } = await engine.containers.attach('c', { tty: true })
  close()
  expect(server.paths.map(path => path.replace(/\?.*/, ''))).toEqual([
    'HEAD /_ping',
    'GET /v1.41/containers/c/json',
    'POST /v1.41/containers/c/attach',
  ])
  for (const { headers } of server.requests) {
    expect(headers).toMatchObject({ 'x-team': 'batch', host: server.address.slice('tcp://'.length) })
    expect(headers).not.toHaveProperty('x-registry-auth')
    expect(Object.keys(headers).join()).not.toContain('bad')
  }
})
